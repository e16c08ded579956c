import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { ActBar } from '@/ui/ActBar';
import type { Act, ActInput } from '@/ui/actTypes';
import { Block } from '@/ui/DetailPage';

import styles from '../parts/parts.module.css';
import { sendAct, toPage, useCatalog, useRead, useSay } from '../parts/server';
import { unitRequest, useUnitActs } from './acts';
import { toneOf, unitStates, type Campaign, type CampaignUnit } from './parts';

interface Props {
  campaign: Campaign;
  chosen: { state?: string; reach?: string };
  onDone: () => Promise<unknown>;
}

/** The units of a campaign in the state that was chosen, with what each customer was told. */
export function UnitsBlock({ campaign, chosen, onDone }: Props) {
  const t = useDeskT();
  const say = useSay();
  const state = unitStates.find((one) => one === chosen.state);
  const list = useCursorList<CampaignUnit>(['campaign-units', campaign.id, chosen.state ?? '', chosen.reach ?? ''], async (cursor, signal) =>
    toPage(await answer(api.GET('/campaigns/{id}/units', { params: { path: { id: campaign.id }, query: { state, reach: chosen.reach, open: chosen.reach ? true : undefined, limit: 20, cursor } }, signal }))),
  );
  const title = chosen.state ? say(`campaign.state.${chosen.state}`) : chosen.reach ? t(`recall.reach.${chosen.reach as 'letter'}`) : t('recall.all');
  return (
    <Block title={`${t('recall.units')} · ${title}`}>
      {list.items.length === 0 && <p className={styles.soft}>{t('word.none')}</p>}
      <ul className={styles.lines}>
        {list.items.map((row) => (
          <UnitRow key={row.id} row={row} onDone={onDone} />
        ))}
      </ul>
      {list.hasMore && (
        <Button size="small" onClick={list.more}>
          {t('recall.more')}
        </Button>
      )}
    </Block>
  );
}

function UnitRow({ row, onDone }: { row: CampaignUnit; onDone: () => Promise<unknown> }) {
  const t = useDeskT();
  const say = useSay();
  const catalog = useCatalog();
  const actsOf = useUnitActs();
  const [open, setOpen] = useState(false);
  const onAct = async (act: Act, input: ActInput) => {
    const asked = unitRequest(row, act, input);
    await sendAct(asked.path, asked.input);
    await onDone();
  };
  const model = catalog?.models?.find((one) => one.id === row.model_id)?.code;
  return (
    <li>
      <b>
        <Link to="/units/$recordId" params={{ recordId: row.unit_id }}>{row.serial ?? t('word.open')}</Link>
      </b>
      <Pill tone={toneOf(row.state)} label={say(`campaign.state.${row.state}`)} />
      <span>{[model, row.customer].filter(Boolean).join(' · ')}</span>
      {row.order_id && <Link to="/orders/$orderId" params={{ orderId: row.order_id }}>{t('recall.order')}</Link>}
      {row.notices > 0 && <small className={styles.soft}>{t('recall.told', { n: row.notices })}</small>}
      {row.next_notice_at && (
        <small className={styles.soft}>
          {t('recall.nextNotice')} <RelativeTime at={row.next_notice_at} />
        </small>
      )}
      <Button size="small" type="text" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t('recall.detail')}
      </Button>
      {open && (
        <div className={styles.page}>
          <Proof id={row.id} />
          <ActBar acts={actsOf(row)} onAct={onAct} />
        </div>
      )}
    </li>
  );
}

/** The notices of one unit: what went where when, and what became of it. */
function Proof({ id }: { id: string }) {
  const t = useDeskT();
  const say = useSay();
  const rows = useRead(['campaign', 'unit', id], () => answer(api.GET('/campaign-units/{id}', { params: { path: { id } } }))).data?.proof ?? [];
  if (rows.length === 0) return <p className={styles.soft}>{t('recall.proof.none')}</p>;
  return (
    <ul className={styles.lines}>
      {rows.map((row) => (
        <li key={row.id}>
          <b>{t('recall.round', { n: row.round })}</b>
          {row.channel && <span>{t(`recall.channel.${row.channel as 'sms'}`)}</span>}
          <Pill tone={toneOf(row.state)} label={t(`recall.notice.${row.state as 'sent'}`)} />
          <RelativeTime at={row.settled_at ?? row.queued_at} />
          {row.reason && <small className={styles.soft}>{say(`notify.reason.${row.reason}`, row.reason)}</small>}
        </li>
      ))}
    </ul>
  );
}
