import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Button, Input, Radio, Select } from 'antd';
import { Download } from 'lucide-react';
import { useState } from 'react';

import { answer, api, call } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { useAct } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { saveAs } from '@/lib/download';
import { uuid } from '@/lib/ids';
import { Block } from '@/ui/DetailPage';

import { Choose, TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { ScrollBox } from '../parts/ScrollBox';
import { useRead } from '../parts/server';
import type { ImportMapping, ImportPreview, ImportTarget } from '../parts/types';
import { FileChoice, Reading, type Layout } from './ImportFile';
import { fill, filledBy, unfilled } from './importMapping';
import { useTargets } from './importRun';

interface Sheet {
  file: string;
  name: string;
  /** Absent where the file could not be read as it was said to be written. */
  preview?: ImportPreview;
}

/** Brings a sheet in: what it is, the file, which column is which, a dry run first. */
export function ImportNewPage() {
  const t = useDeskT();
  const router = useRouter();
  const queries = useQueryClient();
  const targets = useTargets();
  const [chosen, setChosen] = useState('');
  const [sheet, setSheet] = useState<Sheet>();
  const [mapping, setMapping] = useState<ImportMapping>();
  const [origin, setOrigin] = useState<'history' | 'live'>('history');
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const target = targets.data?.find((one) => one.name === chosen);

  /** Looks into the file again: for another target, another sheet of the workbook, another encoding of the text. */
  async function look(file: string, name: string, forTarget: string, layout: Layout = {}) {
    setSheet({ file, name });
    setMapping({ target: forTarget, columns: null, layout });
    const preview = await answer(api.POST('/imports/preview', { body: { file_id: file, target: forTarget, layout } }));
    setSheet({ file, name, preview });
    setMapping({ ...preview.suggested, layout: { ...preview.suggested.layout, ...layout } });
  }

  async function doing(work: () => Promise<void>) {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy(false);
    }
  }

  function take(file: File) {
    void doing(async () => {
      setSheet(undefined);
      const id = uuid();
      await call('PUT', `/files/${id}?purpose=import&name=${encodeURIComponent(file.name)}`, { body: file, headers: { 'Content-Type': 'application/octet-stream' } }, (body) => body);
      await look(id, file.name, chosen);
    });
  }

  const start = useAct({
    send: (input: { file: string; mapping: ImportMapping; dry: boolean; origin: 'history' | 'live' }, key) =>
      answer(
        api.POST('/imports', { body: { target: chosen, file_id: input.file, mapping: input.mapping, origin: input.origin, dry_run: input.dry }, headers: { 'Idempotency-Key': key } }),
      ),
    done: (run) => {
      void queries.invalidateQueries({ queryKey: ['imports'] });
      router.history.push(`/desk/admin/imports?sel=${run.id}`);
    },
  });

  const missing = target && mapping ? unfilled(mapping, target) : [];
  return (
    <div className={styles.page}>
      <h1>{t('import.new')}</h1>
      {targets.error && <ErrorView error={targets.error} retry={() => void targets.refetch()} />}
      <Block title={t('import.step.target')}>
        <div className={styles.form}>
          <Choose
            label={t('import.target')}
            value={chosen}
            options={(targets.data ?? []).map((one) => ({ value: one.name, label: one.label }))}
            onChange={(next = '') => {
              setChosen(next);
              if (sheet && next !== '') void doing(() => look(sheet.file, sheet.name, next, mapping?.layout));
            }}
          />
          {target && <Templates target={target.name} onError={setError} />}
        </div>
      </Block>
      {target && (
        <Block title={t('import.step.file')}>
          <div className={styles.form}>
            <FileChoice name={sheet?.name} busy={busy} onTake={take} />
            {sheet && !busy && <Reading preview={sheet.preview} layout={mapping?.layout} onChoose={(layout) => void doing(() => look(sheet.file, sheet.name, chosen, layout))} />}
          </div>
        </Block>
      )}
      {error && <ErrorView inline error={error} safe="kept" />}
      {target && sheet?.preview && mapping && (
        <>
          <Block title={t('import.step.mapping')}>
            <div className={styles.stack}>
              <SavedMappings target={target.name} mapping={mapping} onTake={setMapping} />
              <MappingTable target={target} preview={sheet.preview} mapping={mapping} onChange={setMapping} />
              <TextField label={t('import.system')} value={mapping.system ?? ''} onChange={(system) => setMapping({ ...mapping, system })} />
            </div>
          </Block>
          <Block title={t('import.step.start')}>
            <Radio.Group
              aria-label={t('import.origin')}
              value={origin}
              onChange={(event) => setOrigin(event.target.value === 'live' ? 'live' : 'history')}
              options={(['history', 'live'] as const).map((value) => ({
                value,
                label: (
                  <>
                    <b>{t(`import.origin.${value}`)}</b> <span className={styles.soft}>{t(`import.origin.${value}Help`)}</span>
                  </>
                ),
              }))}
            />
            {missing.length > 0 && <p role="alert">{t('import.missing', { names: missing.join(', ') })}</p>}
            {start.error && <ErrorView inline error={start.error} safe="kept" />}
            <div className={styles.foot}>
              <Button disabled={missing.length > 0 || busy} loading={start.isPending} onClick={() => start.mutate({ file: sheet.file, mapping, dry: false, origin })}>
                {t('import.start')}
              </Button>
              <Button type="primary" disabled={missing.length > 0 || busy} loading={start.isPending} onClick={() => start.mutate({ file: sheet.file, mapping, dry: true, origin })}>
                {t('import.dryRun')}
              </Button>
            </div>
          </Block>
        </>
      )}
    </div>
  );
}

function Templates({ target, onError }: { target: string; onError: (error: ApiError) => void }) {
  const t = useDeskT();
  async function download(format: 'csv' | 'xlsx') {
    try {
      const body = await answer(api.GET('/imports/targets/{target}/template', { params: { path: { target }, query: { format } }, parseAs: 'blob' }));
      saveAs(body, `${target}-template.${format}`);
    } catch (thrown) {
      onError(asApiError(thrown));
    }
  }
  return (
    <p className={styles.row}>
      {(['xlsx', 'csv'] as const).map((format) => (
        <Button key={format} size="small" icon={<Download size={14} aria-hidden />} onClick={() => void download(format)}>
          {t('import.template', { format: format.toUpperCase() })}
        </Button>
      ))}
    </p>
  );
}

function SavedMappings({ target, mapping, onTake }: { target: string; mapping: ImportMapping; onTake: (mapping: ImportMapping) => void }) {
  const t = useDeskT();
  const saved = useRead(['import-mappings', target], async () => (await answer(api.GET('/imports/mappings', { params: { query: { target } } }))) ?? []).data ?? [];
  const [picked, setPicked] = useState<string>();
  const [name, setName] = useState('');
  const save = useAct({
    send: (input: { name: string; mapping: ImportMapping }, key) => answer(api.POST('/imports/mappings', { body: input, headers: { 'Idempotency-Key': key } })),
    stale: [['import-mappings', target]],
    done: () => setName(''),
  });
  return (
    <div className={styles.form}>
      <div className={styles.pair}>
        {saved.length > 0 && (
          <Choose
            label={t('import.saved')}
            value={picked}
            options={saved.map((one) => ({ value: one.id, label: one.name }))}
            onChange={(id) => {
              setPicked(id);
              const found = saved.find((one) => one.id === id);
              if (found) onTake(found.mapping);
            }}
          />
        )}
        <TextField label={t('import.saveAs')} value={name} onChange={setName} />
      </div>
      <p className={styles.row}>
        <Button size="small" disabled={name.trim() === ''} loading={save.isPending} onClick={() => save.mutate({ name: name.trim(), mapping })}>
          {t('import.save')}
        </Button>
        {save.data && <output>{t('import.savedNow', { name: save.data.name })}</output>}
      </p>
      {save.error && <ErrorView inline error={save.error} safe="kept" />}
    </div>
  );
}

interface MappingProps {
  target: ImportTarget;
  preview: ImportPreview;
  mapping: ImportMapping;
  onChange: (mapping: ImportMapping) => void;
}

function MappingTable({ target, preview, mapping, onChange }: MappingProps) {
  const t = useDeskT();
  const header = preview.header ?? [];
  const options = [...new Set(header.filter((one) => one !== ''))].map((value) => ({ value, label: value }));
  const sample = (from: string) => {
    const at = header.indexOf(from);
    return at < 0 ? '' : (preview.sample?.map((row) => row?.[at] ?? '').find((cell) => cell !== '') ?? '');
  };
  return (
    <ScrollBox label={t('import.field')}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('import.field')}</th>
            <th scope="col">{t('import.column')}</th>
            <th scope="col">{t('import.sample')}</th>
            <th scope="col">{t('import.default')}</th>
          </tr>
        </thead>
        <tbody>
          {(target.fields ?? []).map((field) => {
            const now = filledBy(mapping, field.name);
            return (
              <tr key={field.name}>
                <td data-title={t('import.field')}>
                  {field.label}
                  {field.required && <small className={styles.error}> {t('word.required')}</small>}
                </td>
                <td data-title={t('import.column')}>
                  <Select
                    aria-label={t('import.columnOf', { field: field.label })}
                    allowClear
                    showSearch={{ optionFilterProp: 'label' }}
                    className={styles.column ?? ''}
                    value={now.from === '' ? null : now.from}
                    options={options}
                    onChange={(from: string | null) => onChange(fill(mapping, field.name, { ...now, from: from ?? '' }))}
                  />
                </td>
                <td data-title={t('import.sample')} className={styles.soft}>
                  {sample(now.from)}
                </td>
                <td data-title={t('import.default')}>
                  <Input
                    aria-label={t('import.defaultOf', { field: field.label })}
                    className={styles.column ?? ''}
                    value={now.other}
                    placeholder={field.choices?.slice(0, 3).join(' / ') ?? ''}
                    onChange={(event) => onChange(fill(mapping, field.name, { ...now, other: event.target.value }))}
                  />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollBox>
  );
}
