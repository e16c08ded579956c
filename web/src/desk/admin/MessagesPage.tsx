import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import type { Tone } from '@/theme/tokens';
import { Facts } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { useListState } from '@/ui/list/useListState';

import styles from '../parts/parts.module.css';
import { may, toPage, useMe, useSay } from '../parts/server';
import { Do } from './Simple';

type Sent = components['schemas']['NotifySentMessageBody'];
const states = ['queued', 'sending', 'sent', 'failed', 'suppressed'] as const;
const tones: Record<Sent['state'], Tone> = { queued: 'neutral', sending: 'busy', sent: 'good', failed: 'bad', suppressed: 'warn' };
const channels = ['sms', 'email'] as const;

/** Every message to customers and outlets, and what became of it. */
export function MessagesPage() {
  const t = useDeskT();
  const say = useSay();
  const [state, change] = useListState(['state', 'channel']);
  const chosen = states.find((one) => one === state.filters['state']?.[0]);
  const channel = channels.find((one) => one === state.filters['channel']?.[0]);
  const list = useCursorList<Sent>(['sent-messages', chosen, channel], async (cursor, signal) => toPage(await answer(api.GET('/sent-messages', { params: { query: { cursor, state: chosen, channel } }, signal }))));
  const pill = (row: Sent) => <Pill tone={tones[row.state]} label={say(`notify.state.${row.state}`)} />;
  return (
    <ListPage
      id="messages"
      title={t('nav.messages')}
      list={list}
      searchable={false}
      rowKey={(row) => row.id}
      columns={[
        { key: 'at', title: t('message.queued'), width: 170, cell: (row) => <RelativeTime at={row.queued_at} /> },
        { key: 'to', title: t('message.to'), width: 130, cell: (row) => row.to },
        { key: 'channel', title: t('message.channel'), width: 90, cell: (row) => t(`message.${row.channel}`) },
        { key: 'template', title: t('nav.templates'), width: 80, cell: (row) => row.template },
        { key: 'text', title: t('template.text'), width: 260, grow: 3, cell: (row) => <span data-own-words>{row.text}</span> },
        { key: 'state', title: t('case.state'), width: 110, cell: pill },
      ]}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>{row.to}</b>
            <small className={styles.soft}>
              <RelativeTime at={row.queued_at} />
            </small>
          </span>
          <span>{row.text}</span>
          {pill(row)}
        </>
      )}
      filters={[
        { key: 'state', label: t('case.state'), kind: 'one', options: states.map((value) => ({ value, label: say(`notify.state.${value}`) })) },
        { key: 'channel', label: t('message.channel'), kind: 'one', options: channels.map((value) => ({ value, label: t(`message.${value}`) })) },
      ]}
      state={state}
      onChange={change}
      empty={<p>{t('message.none')}</p>}
      detail={(id) => <MessageDetail row={list.items.find((one) => one.id === id)} />}
    />
  );
}

function MessageDetail({ row }: { row: Sent | undefined }) {
  const t = useDeskT();
  const say = useSay();
  const { data: me } = useMe();
  if (!row) return null;
  return (
    <article className={styles.page}>
      <h1>
        {row.template} · {row.to}
      </h1>
      <div className={styles.row}>
        <Pill tone={tones[row.state]} label={say(`notify.state.${row.state}`)} />
        {row.reason && <span>{say(`notify.reason.${row.reason}`, row.reason)}</span>}
        {may(me, 'notify.send') && (row.state === 'failed' || row.state === 'suppressed' || row.state === 'sent') && <Do label={t('message.resend')} stale={['sent-messages']} act={() => answer(api.POST('/sent-messages/{id}/resend', { params: { path: { id: row.id } } }))} />}
      </div>
      <div className={styles.phonePreview} data-own-words>
        {row.text}
      </div>
      <Facts
        facts={[
          [t('message.queued'), <RelativeTime key="q" at={row.queued_at} />],
          ...(row.sent_at ? [[t('message.sent'), <RelativeTime key="s" at={row.sent_at} />] as const] : []),
          [t('dead.attempts'), row.attempts],
          [t('template.parts'), row.segments],
        ]}
      />
    </article>
  );
}
