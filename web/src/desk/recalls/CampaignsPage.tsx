import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Button } from 'antd';
import { Plus } from 'lucide-react';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { ListPage } from '@/ui/list/ListPage';
import { useListState } from '@/ui/list/useListState';

import styles from '../parts/parts.module.css';
import { may, toPage, useCatalog, useMe, useNameOf, useSay, wordsOf } from '../parts/server';
import { CampaignDetail } from './CampaignDetail';
import { kinds, percent, states, toneOf, useText, type CampaignRow } from './parts';

/** Where a campaign, one of its units, a duty or a notice stands, in words. */
export function CampaignState({ state }: { state: string }) {
  const say = useSay();
  return <Pill tone={toneOf(state)} label={say(`campaign.state.${state}`)} />;
}

/** The next duty of the law. */
function NextDue({ row }: { row: CampaignRow }) {
  const say = useSay();
  if (!row.next_due) return undefined;
  return (
    <span className={styles.row}>
      <Pill tone={toneOf(row.next_due.state)} label={row.next_due.due} />
      <small className={styles.soft}>{say(`campaign.rule.${row.next_due.rule}`)}</small>
    </span>
  );
}

/** Recalls and other campaigns on units, the newest first. */
export function CampaignsPage() {
  const t = useDeskT();
  const say = useSay();
  const text = useText();
  const lang = useLang();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const navigate = useNavigate();
  const { data: me } = useMe();
  const [state, change] = useListState(['state', 'kind', 'brand']);
  const { filters: f, q } = state;
  const query = { state: f['state']?.[0], kind: f['kind']?.[0], brand_id: f['brand']?.[0] };
  const page = async (cursor: string | undefined, signal: AbortSignal) => toPage(await answer(api.GET('/campaigns', { params: { query: { ...query, cursor } }, signal })));
  const list = useCursorList<CampaignRow>(['campaigns', q, f], page);
  const brand = (row: CampaignRow) => nameOf(catalog?.brands?.find((one) => one.id === row.brand_id));
  return (
    <ListPage
      id="campaigns"
      title={t('nav.campaigns')}
      list={list}
      rowKey={(row) => row.id}
      searchable={false}
      actions={
        may(me, 'maintenance.edit') && (
          <Button type="primary" icon={<Plus size={16} />} onClick={() => void navigate({ to: '/campaigns/new' })}>
            {t('recall.new')}
          </Button>
        )
      }
      columns={[
        { key: 'number', title: t('recall.number'), width: 150, sheet: 'number', cell: (row) => row.number },
        { key: 'kind', title: t('recall.kind'), width: 110, sheet: { at: 'kind', words: Object.fromEntries(kinds.map((one) => [one, say(`campaign.kind.${one}`)])) }, cell: (row) => say(`campaign.kind.${row.kind}`) },
        { key: 'title', title: t('recall.title'), width: 200, grow: 1, sheet: lang === 'en' ? 'title.en' : 'title.zh', cell: (row) => text(row.title) },
        { key: 'brand', title: t('case.brand'), width: 100, sheet: { at: 'brand_id', words: wordsOf(catalog?.brands, (one) => one.id, nameOf) }, cell: brand },
        { key: 'state', title: t('case.state'), width: 110, sheet: { at: 'state', words: Object.fromEntries(states.map((one) => [one, say(`campaign.state.${one}`)])) }, cell: (row) => <CampaignState state={row.state} /> },
        { key: 'units', title: t('recall.units'), width: 90, align: 'end', sheet: 'total', cell: (row) => row.total || row.counted },
        { key: 'rate', title: t('recall.rate'), width: 90, align: 'end', sheet: { at: 'rate', as: 'percent' }, cell: (row) => (row.total > 0 ? percent(row.rate) : undefined) },
        { key: 'due', title: t('recall.nextDue'), width: 240, sheet: 'next_due.due', cell: (row) => <NextDue row={row} /> },
        { key: 'created', title: t('case.created'), width: 150, sheet: { at: 'created_at', as: 'time' }, cell: (row) => <RelativeTime at={row.created_at} /> },
      ]}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>{text(row.title)}</b>
            <CampaignState state={row.state} />
          </span>
          <span className={styles.row}>
            {row.total > 0 && <b>{percent(row.rate)}</b>}
            <small className={styles.soft}>
              {row.number} · {say(`campaign.kind.${row.kind}`)} · {brand(row)}
            </small>
          </span>
        </>
      )}
      filters={[
        { key: 'state', label: t('case.state'), kind: 'one', options: states.map((value) => ({ value, label: say(`campaign.state.${value}`) })) },
        { key: 'kind', label: t('recall.kind'), kind: 'one', options: kinds.map((value) => ({ value, label: say(`campaign.kind.${value}`) })) },
        { key: 'brand', label: t('case.brand'), kind: 'one', options: (catalog?.brands ?? []).map((one) => ({ value: one.id, label: nameOf(one) })) },
      ]}
      source={{ path: '/campaigns', query }}
      state={state}
      onChange={change}
      detail={(id) => <CampaignDetail key={id} id={id} />}
      empty={may(me, 'maintenance.edit') ? <Link to="/campaigns/new">{t('recall.new')}</Link> : undefined}
    />
  );
}

/** One campaign on a page of its own. */
export function CampaignPage() {
  const { recordId } = useParams({ strict: false });
  return recordId === undefined ? undefined : <CampaignDetail key={recordId} id={recordId} />;
}
