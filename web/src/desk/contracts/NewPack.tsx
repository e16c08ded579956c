import { useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { FileUp, Plus } from 'lucide-react';
import { useRef, useState } from 'react';

import { answer, api } from '@/api/client';
import { ApiError, asApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';

import { Choose, TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useCatalog, useNameOf } from '../parts/server';

/** Reads what was typed as a pack; what is no JSON is a refusal at the field, as the server would say it. */
function read(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
    throw new SyntaxError('{ … }');
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : '';
    throw new ApiError({ kind: 'problem', status: 422, code: 'malformed', words, fields: [{ path: 'pack', code: 'malformed', words }] });
  }
}

/** Takes a pack from a file or the clipboard, checks it, and keeps it as a draft. */
export function NewPack() {
  const t = useDeskT();
  const { message } = App.useApp();
  const nameOf = useNameOf();
  const brands = useCatalog()?.brands ?? [];
  const queries = useQueryClient();
  const file = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const [brand, setBrand] = useState('');
  const [text, setText] = useState('');
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  if (!open) {
    return (
      <div className={styles.row}>
        <Button type="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setOpen(true)}>
          {t('rules.new')}
        </Button>
      </div>
    );
  }
  const run = async (act: (body: { pack: Record<string, unknown>; brand_id?: string }) => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await act({ pack: read(text), ...(brand ? { brand_id: brand } : {}) });
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy(false);
    }
  };
  const check = () =>
    run(async (body) => {
      const found = await answer(api.POST('/rule-packs/try', { body }));
      void message.success(t('rules.checked', { count: (found.open ?? []).length }));
    });
  const save = () =>
    run(async (body) => {
      await answer(api.POST('/rule-packs', { body }));
      await queries.invalidateQueries({ queryKey: ['rule-packs'] });
      void message.success(t('set.saved'));
      setOpen(false);
      setText('');
    });
  return (
    <div className={styles.form}>
      <Choose label={t('case.brand')} none={t('rules.brand.all')} value={brand} options={brands.map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={(next) => setBrand(next ?? '')} />
      <TextField area label={t('rules.text')} value={text} onChange={setText} />
      {error && <ErrorView inline error={error} safe="kept" />}
      {error && error.fields.length > 0 && (
        <ul>
          {error.fields.map((field) => (
            <li key={`${field.path} ${field.words}`}>
              <code translate="no">{field.path}</code> <span data-own-words>{field.words}</span>
            </li>
          ))}
        </ul>
      )}
      <div className={styles.foot}>
        <input
          ref={file}
          type="file"
          accept="application/json,.json"
          hidden
          onChange={(event) => {
            void event.target.files?.[0]?.text().then(setText);
            event.target.value = '';
          }}
        />
        <Button icon={<FileUp size={16} aria-hidden />} onClick={() => file.current?.click()}>
          {t('rules.file')}
        </Button>
        <Button onClick={() => setOpen(false)}>{t('word.back')}</Button>
        <Button disabled={text.trim() === '' || busy} onClick={() => void check()}>
          {t('rules.check')}
        </Button>
        <Button type="primary" disabled={text.trim() === ''} loading={busy} onClick={() => void save()}>
          {t('rules.draft')}
        </Button>
      </div>
    </div>
  );
}
