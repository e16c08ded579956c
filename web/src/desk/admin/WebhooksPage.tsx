import { useState } from 'react';

import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import type { Tone } from '@/theme/tokens';
import { Block } from '@/ui/DetailPage';

import { Choose, ChooseMany, TextField } from '../parts/Inputs';
import { recordPage } from '../parts/pages';
import styles from '../parts/parts.module.css';
import { RecordLink } from '../parts/RecordLink';
import { useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import { useOutletChoices } from './choices';
import { CreateForm, Do, EditForm, ifMatch, OnceShown, SimpleTable } from './Simple';

type Endpoint = components['schemas']['WebhooksFullEndpointBody'];
type Delivery = components['schemas']['WebhooksDeliveryBody'];

interface Fields {
  name: string;
  url: string;
  outlet_path: string;
  topics: string[];
  brands: string[];
}

const tones: Record<Endpoint['state'], Tone> = { active: 'good', paused: 'neutral', disabled: 'bad' };

/** Where events are sent outside, and what became of each delivery; a new secret is shown once. */
export function WebhooksPage() {
  const t = useDeskT();
  const rows = useRead(['webhooks'], async () => (await answer(api.GET('/webhooks'))).items ?? []);
  return (
    <SimpleTable
      title={t('nav.webhooks')}
      rows={rows}
      rowKey={(row) => row.id}
      name={(row) => row.name}
      empty={t('webhook.none')}
      columns={[
        { title: t('admin.name'), cell: (row) => row.name },
        { title: t('webhook.url'), long: true, cell: (row) => <span data-own-words>{row.url}</span> },
        { title: t('case.state'), cell: (row) => <Pill tone={tones[row.state]} label={t(`webhook.${row.state}`)} /> },
        { title: t('webhook.failing'), cell: (row) => row.failing_since && <RelativeTime at={row.failing_since} /> },
        { title: t('case.created'), cell: (row) => <RelativeTime at={row.created_at} /> },
      ]}
      detail={(row, close) => <EndpointDetail key={row.id} row={row} close={close} />}
    >
      <CreateForm<Fields>
        label={t('admin.newWebhook')}
        stale="webhooks"
        empty={{ name: '', url: '', outlet_path: '/', topics: [], brands: [] }}
        ready={ready}
        send={async (value) => t('admin.secret', { secret: (await answer(api.POST('/webhooks', { body: value }))).secret })}
        fields={(value, put) => <EndpointFields value={value} put={put} />}
      />
    </SimpleTable>
  );
}

const ready = (value: Fields) => value.name.trim() !== '' && /^https?:\/\//.test(value.url);

/** What an endpoint can be told of: topics of events by their first two words. */
const topics = ['case.opened.v1', 'case.closed.v1', 'case.reopened.v1', 'case.cancelled.v1', 'order.opened.v1', 'order.scheduled.v1', 'order.completed.v1', 'order.posted.v1', 'order.cancelled.v1', 'visit.dispatched.v1', 'visit.arrived.v1', 'visit.finished.v1', 'promise.made.v1', 'promise.changed.v1', 'callback.answered.v1'];

function EndpointFields({ value, put }: { value: Fields; put: (change: Partial<Fields>) => void }) {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const outlets = useOutletChoices();
  const brands = useCatalog()?.brands ?? [];
  const known = [...new Set([...topics, ...value.topics])];
  return (
    <>
      <TextField label={t('admin.name')} value={value.name} onChange={(name) => put({ name })} />
      <TextField label={t('admin.url')} value={value.url} onChange={(url) => put({ url })} />
      <ChooseMany label={t('webhook.topics')} value={value.topics} options={known.map((one) => ({ value: one, label: say(`event.${one}`, one) }))} onChange={(next) => put({ topics: next })} />
      <Choose label={t('order.outlet')} value={value.outlet_path} options={outlets} onChange={(next) => put({ outlet_path: next ?? '/' })} />
      <ChooseMany label={t('key.brands')} value={value.brands} options={brands.map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={(next) => put({ brands: next })} />
    </>
  );
}

function EndpointDetail({ row, close }: { row: Endpoint; close: () => void }) {
  const t = useDeskT();
  const [secret, setSecret] = useState('');
  const path = { id: row.id };
  const stale = ['webhooks'];
  return (
    <>
      <div className={styles.row}>
        <Do label={t('webhook.ping')} stale={stale} act={() => answer(api.POST('/webhooks/{id}/ping', { params: { path } }))} />
        {row.state === 'active' ? (
          <Do label={t('webhook.pause')} stale={stale} act={() => answer(api.POST('/webhooks/{id}/pause', { params: { path } }))} />
        ) : (
          <Do label={t('webhook.enable')} stale={stale} act={() => answer(api.POST('/webhooks/{id}/enable', { params: { path } }))} />
        )}
        <Do label={t('webhook.rotate')} stale={[]} act={async () => setSecret(t('admin.secret', { secret: (await answer(api.POST('/webhooks/{id}/rotate', { params: { path } }))).secret }))} />
        <Do danger label={t('webhook.remove')} stale={stale} onDone={close} act={() => answer(api.DELETE('/webhooks/{id}', { params: { path } }))} />
      </div>
      {secret && <OnceShown words={secret} onClose={() => setSecret('')} />}
      <EditForm<Fields>
        narrow
        initial={{ name: row.name, url: row.url, outlet_path: row.outlet_path, topics: row.topics ?? [], brands: row.brands ?? [] }}
        ready={ready}
        stale={stale}
        send={(value) => answer(api.PUT('/webhooks/{id}', { params: { path, header: ifMatch(row.version) }, body: value }))}
        fields={(value, put) => <EndpointFields value={value} put={put} />}
      />
      <Block title={t('webhook.deliveries')}>
        <Deliveries endpoint={row.id} />
      </Block>
    </>
  );
}

const deliveryTones: Record<Delivery['state'], Tone> = { queued: 'busy', delivered: 'good', failed: 'bad' };

function Deliveries({ endpoint }: { endpoint: string }) {
  const t = useDeskT();
  const [state, setState] = useState<Delivery['state'] | undefined>();
  const rows = useRead(['webhooks', endpoint, 'deliveries', state], async () => (await answer(api.GET('/webhooks/{id}/deliveries', { params: { path: { id: endpoint }, query: { limit: 50, state } } }))).items ?? []);
  return (
    <>
      <Choose label={t('case.state')} none={t('list.filter.any')} value={state} options={(['queued', 'delivered', 'failed'] as const).map((value) => ({ value, label: t(`webhook.delivery.${value}`) }))} onChange={(next) => setState(next as typeof state)} />
      {rows.data?.length === 0 && <p className={styles.soft}>{t('webhook.noDeliveries')}</p>}
      <ol className={styles.lines}>
        {(rows.data ?? []).map((row) => (
          <li key={row.id}>
            <Pill tone={deliveryTones[row.state]} label={t(`webhook.delivery.${row.state}`)} />
            <code>{row.topic}</code>
            {recordPage(row.record_kind, row.record_id) && <RecordLink page={recordPage(row.record_kind, row.record_id)}>{t('word.open')}</RecordLink>}
            <small className={styles.soft}>
              <RelativeTime at={row.tried_at ?? row.created_at} /> {row.status ? `· HTTP ${row.status}` : ''} {t('webhook.tries', { count: row.attempts })}
            </small>
            {row.error_text && <span>{row.error_text}</span>}
            {row.state !== 'delivered' && <Do label={t('webhook.redeliver')} stale={['webhooks']} act={() => answer(api.POST('/webhook-deliveries/{id}/redeliver', { params: { path: { id: row.id } } }))} />}
          </li>
        ))}
      </ol>
    </>
  );
}
