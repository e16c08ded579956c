import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Progress as Bar } from 'antd';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { apiBase } from '@/api/transport';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { Pill } from '@/kit/StatePill';
import { ActBar } from '@/ui/ActBar';
import type { Act, ActInput } from '@/ui/actTypes';
import { Block, DetailPage, Facts } from '@/ui/DetailPage';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { Do } from '../admin/Simple';
import styles from '../parts/parts.module.css';
import { sendAct, useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import { letters, useCampaignActs } from './acts';
import { Breakdowns, Funnel } from './Funnel';
import { percent, toneOf, useText, type Campaign, type Deadline } from './parts';
import { Conditions } from './Conditions';
import { UnitsBlock } from './UnitsBlock';
import own from './recalls.module.css';

/** A campaign: how far it has come, what the law asks by when, its units, and what may be done. */
export function CampaignDetail({ id }: { id: string }) {
  const t = useDeskT();
  const say = useSay();
  const text = useText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const actsOf = useCampaignActs();
  const [chosen, choose] = useState<{ state?: string; reach?: string }>({});
  const path = { params: { path: { id } } };
  const read = useRead(['campaign', id], () => answer(api.GET('/campaigns/{id}', path)), true, 5_000);
  const progress = useRead(['campaign', id, 'progress'], () => answer(api.GET('/campaigns/{id}/progress', path)), true, 15_000).data;
  if (read.error && !read.data) return <ErrorView error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return <SkeletonRows />;
  const one: Campaign = read.data;
  const refresh = () => Promise.all(['campaign', 'campaigns', 'campaign-units', 'unit-campaigns', 'unit'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  const onAct = async (act: Act, input: ActInput) => {
    if (act.key === 'edit') return navigate({ to: '/campaigns/new', search: { id } as never });
    if (act.key === 'print_letters') await letters(id, input);
    else await sendAct(`/campaigns/${id}/${act.key === 'go_on' ? 'continue' : act.key === 'set_dates' ? 'dates' : act.key}`, input);
    await refresh();
  };
  const { plan } = one;
  return (
    <DetailPage
      number={one.number}
      title={text(plan.title)}
      badges={
        <>
          <Pill tone={toneOf(one.state)} label={say(`campaign.state.${one.state}`)} />
          <Pill tone="neutral" label={say(`campaign.kind.${one.kind}`)} />
          {plan.stop_sale && <Pill tone="bad" label={t('recall.stopSale')} />}
          {plan.stop_use && <Pill tone="bad" label={t('recall.stopUseShort')} />}
        </>
      }
      acts={<ActBar acts={actsOf(one)} onAct={onAct} />}
      side={<Law one={one} />}
    >
      <Search one={one} />
      {progress && progress.total > 0 && (
        <Block
          title={t('recall.progress')}
          extra={
            <>
              <a href={`${apiBase}/campaigns/${one.id}/report`} target="_blank" rel="noreferrer">
                {t('recall.report')}
              </a>{' '}
              <b>{percent(progress.rate)}</b>
            </>
          }
        >
          <div className={own.bar} aria-hidden="true">
            <span style={{ inlineSize: `${progress.rate / 100}%` }} />
          </div>
          <Funnel progress={progress} chosen={chosen} onChoose={choose} />
        </Block>
      )}
      {one.total > 0 && <UnitsBlock campaign={one} chosen={chosen} onDone={refresh} />}
      <Block title={t('recall.what')}>
        <Facts
          facts={[
            [t('case.brand'), nameOf(catalog?.brands?.find((row) => row.id === one.brand_id))],
            [t('recall.hazard'), text(plan.hazard) || t('word.none')],
            [t('recall.remedy'), text(plan.remedy) || t('word.none')],
            [t('recall.service'), nameOf(catalog?.service_types?.find((row) => row.code === plan.service_type), plan.service_type)],
            [t('recall.pace'), t('recall.paceText', { n: plan.per_minute ?? 600 })],
            [t('recall.reminders'), (plan.reminders ?? []).map((days) => t('recall.days', { n: days })).join(' · ')],
            ...(one.affected.total > 0 ? [[t('recall.counted'), t('recall.countedText', { n: one.affected.total, owner: one.affected.no_owner, gone: one.affected.retired })] as const] : []),
            ...(one.end_reason ? [[t('recall.endReason'), nameOf(catalog?.reasons?.find((row) => row.code === one.end_reason), one.end_reason)] as const] : []),
            ...(one.keep_until ? [[t('recall.keep'), one.keep_until] as const] : []),
          ]}
        />
        <Conditions conditions={plan.conditions} />
      </Block>
      {progress && progress.total > 0 && <Breakdowns progress={progress} />}
    </DetailPage>
  );
}

/** How the search for units stands while it runs, with the way to stop it. */
function Search({ one }: { one: Campaign }) {
  const t = useDeskT();
  const running = one.search === 'running' || one.search === 'releasing';
  if (!running && one.search !== 'stopped') return undefined;
  const done = one.counted > 0 ? Math.min(100, Math.round((one.total * 100) / one.counted)) : 0;
  return (
    <Block title={t(one.search === 'releasing' ? 'recall.releasing' : running ? 'recall.searching' : 'recall.stopped')} extra={one.search === 'running' && one.task_id && <Do label={t('recall.stop')} stale={['campaign']} act={() => answer(api.POST('/tasks/{id}/cancel', { params: { path: { id: one.task_id ?? '' } } }))} />}>
      <Bar percent={done} status={running ? 'active' : 'normal'} />
      <small className={styles.soft}>
        {one.total} / {one.counted}
      </small>
    </Block>
  );
}

/** What the law asks by when, each with its source. */
function Law({ one }: { one: Campaign }) {
  const t = useDeskT();
  const say = useSay();
  const rows: readonly Deadline[] = one.deadlines ?? [];
  return (
    <Block title={t('recall.law')}>
      {rows.length === 0 && <p className={styles.soft}>{t('recall.law.none')}</p>}
      <ul className={styles.lines}>
        {rows.map((row, index) => (
          <li key={`${row.rule}:${index}`}>
            <b>{say(`campaign.rule.${row.rule}`)}</b>
            <Pill tone={toneOf(row.state)} label={t(`recall.duty.${row.state}`)} />
            <span>
              {row.due}
              {row.done ? ` · ${t('recall.doneOn', { day: row.done })}` : ''}
            </span>
            {row.unverified && <Pill tone="warn" label={t('recall.unverified')} />}
            <small className={styles.soft}>
              {row.rule} · {row.source}
            </small>
          </li>
        ))}
      </ul>
    </Block>
  );
}
