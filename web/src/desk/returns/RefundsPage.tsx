import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Upload } from 'antd';
import { useState } from 'react';

import { answer, api, call } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { useCursorList } from '@/api/query';
import { apiBase } from '@/api/transport';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { Money } from '@/kit/Money';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { uuid } from '@/lib/ids';
import { Block } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { useListState } from '@/ui/list/useListState';

import { Choose } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { toPage, useCatalog, useNameOf, useRead, useSay, wordsOf } from '../parts/server';
import { type Batch, type Refund } from './parts';
import { ReturnState } from './ReturnState';
import own from './returns.module.css';

const states = ['due', 'sent', 'failed', 'refunded'] as const;
const ways = ['original', 'wechat', 'alipay', 'card', 'bank', 'cash', 'points', 'coupon'] as const;

interface Counted {
  made: number;
  failed: number;
  repeated: number;
  differences: number;
}

/** Money that goes back: what is due, what was handed to the bank, what came of it. */
export function RefundsPage() {
  const t = useDeskT();
  const say = useSay();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const [state, change] = useListState(['state', 'brand']);
  const { filters: f } = state;
  const query = { state: f['state']?.[0], brand_id: f['brand']?.[0] };
  const page = async (cursor: string | undefined, signal: AbortSignal) => toPage(await answer(api.GET('/refunds', { params: { query: { ...query, cursor } }, signal })));
  const list = useCursorList<Refund>(['refunds', f], page);
  return (
    <ListPage
      id="refunds"
      title={t('nav.refunds')}
      head={<Batches />}
      list={list}
      searchable={false}
      rowKey={(row) => row.id}
      columns={[
        { key: 'amount', title: t('refund.amount'), width: 130, align: 'end', sheet: { at: 'amount', as: 'money', currency: 'currency' }, cell: (row) => <Money minor={row.amount} currency={row.currency} /> },
        { key: 'tax', title: t('refund.tax'), width: 100, align: 'end', sheet: { at: 'tax', as: 'money', currency: 'currency' }, cell: (row) => row.tax > 0 && <Money minor={row.tax} currency={row.currency} /> },
        { key: 'note', title: t('refund.note'), width: 150, sheet: { at: 'note_number' }, cell: (row) => row.note_number ?? (row.tax > 0 && row.state === 'refunded' ? <Pill tone="warn" label={t('refund.note.none')} /> : undefined) },
        { key: 'way', title: t('refund.way'), width: 120, sheet: { at: 'way', words: Object.fromEntries(ways.map((one) => [one, say(`return.way.${one}`)])) }, cell: (row) => say(`return.way.${row.way}`) },
        { key: 'state', title: t('refund.state'), width: 120, sheet: { at: 'state', words: Object.fromEntries(states.map((one) => [one, say(`return.state.${one}`)])) }, cell: (row) => <ReturnState state={row.state} /> },
        { key: 'brand', title: t('case.brand'), width: 120, sheet: { at: 'brand_id', words: wordsOf(catalog?.brands, (one) => one.id, nameOf) }, cell: (row) => nameOf(catalog?.brands?.find((one) => one.id === row.brand_id)) },
        { key: 'code', title: t('return.reason'), width: 120, grow: 1, cell: (row) => row.code && <span title={row.code}>{say(`return.code.${row.code}`, row.code)}</span> },
        { key: 'due', title: t('return.due'), width: 170, sheet: { at: 'due_at', as: 'time' }, cell: (row) => <RelativeTime at={row.due_at} /> },
        { key: 'return', title: t('nav.returns'), width: 110, cell: (row) => <Link to="/returns/$recordId" params={{ recordId: row.return_id }}>{t('word.open')}</Link> },
      ]}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>
              <Money minor={row.amount} currency={row.currency} />
            </b>
            <ReturnState state={row.state} />
          </span>
          <small className={styles.soft}>
            {nameOf(catalog?.brands?.find((one) => one.id === row.brand_id))} · {say(`return.way.${row.way}`)} · <RelativeTime at={row.due_at} />
          </small>
        </>
      )}
      filters={[
        { key: 'state', label: t('refund.state'), kind: 'one', options: states.map((value) => ({ value, label: say(`return.state.${value}`) })) },
        { key: 'brand', label: t('case.brand'), kind: 'one', options: (catalog?.brands ?? []).map((one) => ({ value: one.id, label: nameOf(one) })) },
      ]}
      source={{ path: '/refunds', query }}
      state={state}
      onChange={change}
    />
  );
}

/** Handing over and reading back. */
function Batches() {
  const t = useDeskT();
  const say = useSay();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const queries = useQueryClient();
  const [brand, choose] = useState<string>();
  const [provider, use] = useState('bank_file');
  const accounts = (useRead(['payment-accounts'], async () => (await answer(api.GET('/payment-accounts'))) ?? []).data ?? []).filter((row) => row.active && (!row.brand_id || row.brand_id === brand));
  const providers = [{ value: 'bank_file', label: say('return.provider.bank_file') }, ...accounts.map((row) => ({ value: row.kind, label: row.verified ? say(`return.provider.${row.kind}`) : `${say(`return.provider.${row.kind}`)} (${t('setup.unverified')})` }))];
  const [error, fail] = useState<ApiError>();
  const [counted, count] = useState<Counted>();
  const batches = useRead(['refund-batches'], async () => (await answer(api.GET('/refund-batches', { params: { query: { limit: 5 } } }))).items ?? []).data ?? [];
  const differences = useRead(['refund-differences'], async () => (await answer(api.GET('/refund-differences'))) ?? []).data ?? [];
  const refresh = () => Promise.all(['refund-batches', 'refund-differences', 'refunds', 'return', 'returns'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  async function attempt(run: () => Promise<void>) {
    fail(undefined);
    count(undefined);
    try {
      await run();
      await refresh();
    } catch (thrown) {
      fail(asApiError(thrown));
    }
  }
  const pay = () => attempt(() => call('POST', '/refund-batches', { body: { provider, brand_id: brand, currency: 'CNY' }, headers: { 'Idempotency-Key': uuid() } }, () => undefined));
  const confirm = (file: File) => attempt(async () => count(await call('POST', '/refund-batches/confirm?provider=bank_file', { body: file, headers: { 'Content-Type': 'text/csv' } }, (body) => body as Counted)));
  return (
    <Block title={t('refund.batches')}>
      <p className={styles.soft}>{t('refund.pay.help')}</p>
      <div className={own.bar}>
        <Choose label={t('case.brand')} value={brand} options={(catalog?.brands ?? []).map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={choose} />
        {providers.length > 1 && <Choose label={t('refund.provider')} value={provider} options={providers} onChange={(next) => use(next ?? 'bank_file')} />}
        <Button type="primary" disabled={brand === undefined} onClick={() => void pay()}>
          {t('refund.pay')}
        </Button>
        <Upload
          accept=".csv,text/csv"
          showUploadList={false}
          beforeUpload={(file) => {
            void confirm(file);
            return false;
          }}
        >
          <Button>{t('refund.confirm')}</Button>
        </Upload>
      </div>
      {error && <ErrorView inline error={error} />}
      {counted && <p role="status">{t('refund.confirmed', { ...counted })}</p>}
      {batches.length === 0 && <p className={styles.soft}>{t('refund.batches.none')}</p>}
      <ul className={styles.lines}>
        {batches.map((row: Batch) => (
          <li key={row.id}>
            <b>{row.number}</b>
            <span>{say(`return.provider.${row.provider}`)}</span>
            <span>{t('refund.payments', { count: row.payments })}</span>
            <Money minor={row.amount} currency={row.currency} />
            <RelativeTime at={row.created_at} />
            {row.provider === 'bank_file' && <a href={`${apiBase}/refund-batches/${row.id}/file`}>{t('refund.file')}</a>}
          </li>
        ))}
      </ul>
      {differences.length > 0 && (
        <>
          <h3>{t('refund.differences')}</h3>
          <ul className={styles.lines}>
            {differences.map((row) => (
              <li key={row.id}>
                <b>{row.reference}</b>
                <span>{say(`return.difference.${row.kind}`)}</span>
                <Money minor={row.amount} currency={row.currency} />
                <Button size="small" onClick={() => void attempt(() => call('POST', `/refund-differences/${row.id}/close`, { body: { reason: 'settled' }, headers: { 'Idempotency-Key': row.id } }, () => undefined))}>
                  {t('refund.differences.close')}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Block>
  );
}
