import { Button, Input } from 'antd';
import { useId, useRef, useState, type ClipboardEvent } from 'react';

import { parseAddress, type AddressParts } from '@/api/geo';
import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';

import styles from './address.module.css';

const parts = ['province', 'city', 'district', 'street', 'detail'] as const;
type Part = (typeof parts)[number];
const needed: readonly Part[] = ['province', 'city', 'district', 'detail'];

interface Props {
  value: AddressParts;
  onChange: (value: AddressParts) => void;
  /** A name or phone stood in the pasted text as well. */
  onContact?: (contact: { name: string; phone: string }) => void;
  /** Refusals of the server by part. */
  errors?: Partial<Record<Part, string>>;
  parse?: (text: string, signal?: AbortSignal) => Promise<AddressParts>;
}

/** An address: paste it as it is, it is taken apart on the server and stays editable. */
export function AddressField({ value, onChange, onContact, errors, parse = parseAddress }: Props) {
  const t = useDeskT();
  const id = useId();
  const running = useRef<AbortController>(null);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<AddressParts>();
  const [error, setError] = useState<ApiError>();

  async function takeApart(raw: string) {
    if (raw.trim() === '') return;
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    setBusy(true);
    setError(undefined);
    try {
      const found = await parse(raw, stop.signal);
      setResult(found);
      onChange(found);
      if (found.name || found.phone) onContact?.({ name: found.name, phone: found.phone });
    } catch (thrown) {
      const failure = asApiError(thrown);
      if (failure.kind !== 'stopped') setError(failure);
    } finally {
      if (running.current === stop) setBusy(false);
    }
  }

  function onPaste(event: ClipboardEvent) {
    // A paste into an empty box is the whole address; into a text it is an edit.
    if (text.trim() === '') void takeApart(event.clipboardData.getData('text'));
  }

  const missing = result ? needed.filter((part) => result[part] === '') : [];
  return (
    <div className={styles.field}>
      <label htmlFor={`${id}-paste`}>{t('address.paste')}</label>
      <Input.TextArea id={`${id}-paste`} aria-describedby={`${id}-help`} autoSize={{ minRows: 2, maxRows: 5 }} value={text} onChange={(event) => setText(event.target.value)} onPaste={onPaste} />
      <div className={styles.row}>
        <span id={`${id}-help`} className={styles.help}>
          {t('address.paste.help')}
        </span>
        <Button size="small" loading={busy} disabled={text.trim() === ''} onClick={() => void takeApart(text)}>
          {t(busy ? 'address.parsing' : 'address.parse')}
        </Button>
      </div>
      {error && <ErrorView inline error={error} safe="kept" retry={() => void takeApart(text)} />}
      <p role="status" className={styles.help}>
        {result && (missing.length > 0 ? t('address.unsure', { parts: missing.map((part) => t(`address.${part}`)).join('、') }) : t('address.filled'))}
        {result && (result.name || result.phone) ? ` ${t('address.contact', { text: [result.name, result.phone].filter(Boolean).join(' ') })}` : ''}
      </p>
      <div className={styles.parts}>
        {parts.map((part) => (
          <div key={part} data-part={part} className={styles.part}>
            <label htmlFor={`${id}-${part}`}>{t(`address.${part}`)}</label>
            <Input
              id={`${id}-${part}`}
              value={value[part]}
              status={errors?.[part] ? 'error' : missing.includes(part) ? 'warning' : ''}
              aria-invalid={errors?.[part] !== undefined}
              aria-describedby={errors?.[part] ? `${id}-${part}-error` : undefined}
              onChange={(event) => onChange({ ...value, [part]: event.target.value, division: part === 'detail' ? value.division : '' })}
            />
            {errors?.[part] && (
              <span id={`${id}-${part}-error`} className={styles.error}>
                {errors[part]}
              </span>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}
