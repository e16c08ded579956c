import { useNavigate } from '@tanstack/react-router';
import { App, Button } from 'antd';
import { useState } from 'react';

import { answer, api, call } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { uuid } from '@/lib/ids';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { DivisionField } from '../parts/Divisions';
import { Choose, ChooseMany, TextField, YesNo } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import { conditionsOf, draftOf, empty, planOf, type Draft } from './draft';
import { kinds } from './parts';

interface Count {
  total: number;
  no_owner: number;
  retired: number;
}

/** Drafts a campaign, or changes a draft: its units are counted before anybody is asked to agree. */
export function NewCampaignPage() {
  const id = new URLSearchParams(location.search).get('id') ?? '';
  const read = useRead(['campaign', id], () => answer(api.GET('/campaigns/{id}', { params: { path: { id } } })), id !== '');
  if (id === '') return <Form initial={empty} />;
  if (read.error) return <ErrorView error={read.error} />;
  if (!read.data) return <SkeletonRows />;
  return <Form key={id} initial={draftOf(read.data)} id={id} version={read.data.version} />;
}

function Form({ initial, id, version }: { initial: Draft; id?: string; version?: number }) {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const [value, setValue] = useState(initial);
  const [count, setCount] = useState<Count>();
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const [operation] = useState(uuid);
  const put = (change: Partial<Draft>) => {
    setValue({ ...value, ...change });
    setCount(undefined);
  };
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy(false);
    }
  };
  const preview = () => run(async () => setCount(await call('POST', '/campaigns/preview', { body: { brand_id: value.brand, conditions: conditionsOf(value) } }, (body) => body as Count)));
  const save = () =>
    run(async () => {
      const plan = planOf(value);
      const made = id
        ? await call('PUT', `/campaigns/${id}`, { body: { plan }, headers: { 'If-Match': `"${version ?? 0}"` } }, (body) => body as { id: string })
        : await call('POST', '/campaigns', { body: { operation_id: operation, brand_id: value.brand, plan, dates: value.found === '' ? {} : { found: value.found } }, headers: { 'Idempotency-Key': operation } }, (body) => body as { id: string });
      void message.success(t('recall.saved'));
      await navigate({ to: '/campaigns/$recordId', params: { recordId: made.id } });
    });
  const text = (key: keyof Draft, label: string, area = false) => <TextField label={label} area={area} value={value[key]} onChange={(next) => put({ [key]: next })} />;
  const models = (catalog?.models ?? []).filter((row) => row.brand_id === value.brand).map((row) => ({ value: row.id, label: `${row.code} ${nameOf(row)}` }));
  return (
    <div className={styles.page}>
      <h1>{t(id ? 'recall.edit' : 'recall.new')}</h1>
      <div className={styles.form}>
        <div className={styles.pair}>
          {!id && <Choose label={t('case.brand')} value={value.brand} options={(catalog?.brands ?? []).map((row) => ({ value: row.id, label: nameOf(row) }))} onChange={(next) => put({ brand: next ?? '', models: [] })} />}
          <Choose label={t('recall.kind')} value={value.kind} options={kinds.map((kind) => ({ value: kind, label: say(`campaign.kind.${kind}`) }))} onChange={(next) => put({ kind: kinds.find((kind) => kind === next) ?? 'recall_voluntary' })} />
        </div>
        <div className={styles.pair}>
          {text('titleZh', t('recall.titleZh'))}
          {text('titleEn', t('recall.titleEn'))}
        </div>
        <div className={styles.pair}>
          {text('hazardZh', t('recall.hazardZh'), true)}
          {text('hazardEn', t('recall.hazardEn'), true)}
        </div>
        <div className={styles.pair}>
          {text('remedyZh', t('recall.remedyZh'), true)}
          {text('remedyEn', t('recall.remedyEn'), true)}
        </div>
        <div className={styles.pair}>
          <Choose label={t('recall.service')} value={value.service} options={(catalog?.service_types ?? []).map((row) => ({ value: row.code, label: nameOf(row) }))} onChange={(next) => put({ service: next ?? '' })} />
          {text('reminders', t('recall.remindersField'))}
          {text('pace', t('recall.paceField'))}
          {!id && <TextField type="date" label={t('recall.day.found')} value={value.found} onChange={(found) => put({ found })} />}
        </div>
        <YesNo label={t('recall.stopUse')} value={value.stopUse} onChange={(stopUse) => put({ stopUse })} />
        <YesNo label={t('recall.stopSaleField')} value={value.stopSale} onChange={(stopSale) => put({ stopSale })} />
        <h2>{t('recall.which')}</h2>
        <ChooseMany label={t('recall.models')} value={value.models} options={models} onChange={(next) => put({ models: next })} />
        {text('serials', t('recall.serialsField'), true)}
        <div className={styles.pair}>
          <TextField type="date" label={t('recall.madeFrom')} value={value.madeFrom} onChange={(madeFrom) => put({ madeFrom })} />
          <TextField type="date" label={t('recall.madeTo')} value={value.madeTo} onChange={(madeTo) => put({ madeTo })} />
        </div>
        {(value.madeFrom !== '' || value.madeTo !== '') && <YesNo label={t('recall.madeUnknown')} value={value.madeUnknown} onChange={(madeUnknown) => put({ madeUnknown })} />}
        <div className={styles.pair}>
          {text('component', t('recall.componentField'))}
          {text('batches', t('recall.batchesField'))}
          <DivisionField many label={t('recall.divisionsField')} value={value.divisions} onChange={(divisions) => put({ divisions })} />
        </div>
        {count && (
          <p role="status">
            <b>{t('recall.countedText', { n: count.total, owner: count.no_owner, gone: count.retired })}</b>
          </p>
        )}
        {error && <ErrorView error={error} />}
        <div className={styles.foot}>
          <Button disabled={value.brand === '' || busy} onClick={() => void preview()}>
            {t('recall.count')}
          </Button>
          <Button type="primary" disabled={value.brand === '' || busy} loading={busy} onClick={() => void save()}>
            {t('recall.save')}
          </Button>
        </div>
      </div>
    </div>
  );
}
