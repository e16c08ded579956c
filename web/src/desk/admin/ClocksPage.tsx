import { useState } from 'react';

import { answer, api } from '@/api/client';
import { useAct } from '@/api/query';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { RelativeTime } from '@/kit/RelativeTime';
import { formatDuration } from '@/lib/format';
import { Block } from '@/ui/DetailPage';
import { ReasonList } from '@/ui/Why';
import { Button } from 'antd';

import { Choose, NumberField, TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useWorded } from '../parts/reasons';
import { useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import { useCalendarNames, useCalendars } from './calendars';
import { CreateForm, EditForm, ifMatch, SimpleTable } from './Simple';

type Policy = components['schemas']['ClocksPolicyBody'];
type Match = components['schemas']['ClocksAttrsBody'];
type Target = components['schemas']['ClocksTargetBody'];

const milestones = ['first_response', 'diagnosis', 'outlet_acceptance', 'first_contact', 'arrival', 'completion', 'callback', 'complaint_plan', 'complaint_closed', 'return_decision', 'inspection', 'replacement', 'refund', 'fifteen_day_action', 'statement_answer', 'awaited'] as const;
const parties = ['firm', 'centre', 'outlet', 'engineer', 'customer', 'parts', 'approver', 'product_owner'] as const;
const targetKinds = ['calendar_time', 'working_time', 'workday_end', 'instant'] as const;
const tiers = ['urban', 'county', 'township'] as const;
const priorities = ['P1', 'P2', 'P3', 'P4', 'S', 'A', 'B', 'C', 'D'] as const;

/** A target as one edits it: minutes for what the API keeps in seconds, one warning. */
interface Fields {
  id: string;
  milestone: string;
  party: string;
  match: Match;
  kind: Target['kind'];
  minutes: number;
  days: number;
  calendar: string;
  warnUsed: number;
  warnLeft: number;
}

const emptyFields: Fields = { id: '', milestone: 'first_response', party: 'centre', match: {}, kind: 'working_time', minutes: 60, days: 1, calendar: '@centre', warnUsed: 80, warnLeft: 0 };

function fieldsOf({ id, milestone, party, match, target }: Policy): Fields {
  const warn = target.warn?.[0];
  return { id, milestone, party, match: match ?? {}, kind: target.kind, minutes: Math.round((target.duration_s ?? 0) / 60), days: target.days ?? 0, calendar: target.calendar ?? '', warnUsed: warn?.used_percent ?? 0, warnLeft: Math.round((warn?.left_s ?? 0) / 60) };
}

function bodyOf({ milestone, party, match, kind, minutes, days, calendar, warnUsed, warnLeft }: Fields) {
  const timed = kind === 'calendar_time' || kind === 'working_time';
  const warn = warnUsed > 0 ? [{ used_percent: warnUsed }] : warnLeft > 0 ? [{ left_s: warnLeft * 60 }] : [];
  const target: Target = { kind, warn, ...(timed ? { duration_s: minutes * 60 } : {}), ...(kind === 'workday_end' ? { days } : {}), ...(kind === 'working_time' || kind === 'workday_end' ? { calendar } : {}) };
  return { milestone, party, match: Object.fromEntries(Object.entries(match).filter(([, value]) => value)) as Match, target };
}

const ready = (value: Fields) => value.milestone !== '' && value.party !== '' && !((value.kind === 'calendar_time' || value.kind === 'working_time') && value.minutes <= 0);

/** When a deadline falls, in words. */
function useTargetWords(): (target: Target) => string {
  const t = useDeskT();
  const say = useSay();
  const lang = useLang();
  const calendars = useCalendarNames();
  return (target) => {
    const on = target.calendar ? ` · ${calendars(target.calendar)}` : '';
    if (target.kind === 'workday_end') return `${t('clocks.days', { count: target.days ?? 0 })}${on}`;
    if (target.kind === 'instant') return say('clocks.target.instant');
    return `${formatDuration((target.duration_s ?? 0) * 1000, lang)} · ${say(`clocks.target.${target.kind}`)}${on}`;
  };
}

/** What a policy is for, in words; the one without conditions is for everything else. */
function useMatchWords(): (match: Match | undefined) => string {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  return (match) => {
    const said = [
      match?.service_type && nameOf(catalog?.service_types?.find((one) => one.code === match.service_type), match.service_type),
      match?.product_line && nameOf(catalog?.categories?.find((one) => one.code === match.product_line), match.product_line),
      match?.priority,
      match?.region_tier && say(`clocks.region_tier.${match.region_tier}`),
      match?.brand && nameOf(catalog?.brands?.find((one) => one.id === match.brand), match.brand),
      match?.contract,
    ].filter(Boolean);
    return said.length > 0 ? said.join(' · ') : t('clocks.everything');
  };
}

/** Deadlines by milestone and party, for which work, and which policy would win. */
export function ClocksPage() {
  const t = useDeskT();
  const say = useSay();
  const targetWords = useTargetWords();
  const matchWords = useMatchWords();
  const rows = useRead(['clock-policies'], async () => (await answer(api.GET('/clock-policies'))).items ?? []);
  return (
    <SimpleTable
      title={t('nav.clocks')}
      rows={rows}
      rowKey={(row) => row.id}
      name={(row) => `${say(`clocks.milestone.${row.milestone}`)} · ${say(`clocks.party.${row.party}`)} · ${matchWords(row.match)}`}
      columns={[
        { title: t('clocks.milestone'), cell: (row) => say(`clocks.milestone.${row.milestone}`) },
        { title: t('clocks.party'), cell: (row) => say(`clocks.party.${row.party}`) },
        { title: t('clocks.match'), long: true, cell: (row) => matchWords(row.match) },
        { title: t('clocks.target'), long: true, cell: (row) => targetWords(row.target) },
        { title: t('clocks.changed'), cell: (row) => <RelativeTime at={row.updated_at} /> },
      ]}
      detail={(row, close) => (
        <EditForm
          key={row.id}
          initial={fieldsOf(row)}
          ready={ready}
          stale={['clock-policies']}
          onDone={close}
          send={(value) => answer(api.PUT('/clock-policies/{id}', { params: { path: { id: row.id }, header: ifMatch(row.version) }, body: { ...bodyOf(value), ...(row.from ? { from: row.from } : {}), ...(row.until ? { until: row.until } : {}) } }))}
          fields={(value, put) => <PolicyFields value={value} put={put} />}
        />
      )}
    >
      <div className={styles.row}>
        <CreateForm
          label={t('clocks.new')}
          stale="clock-policies"
          empty={emptyFields}
          ready={(value) => /^[a-z0-9][a-z0-9._-]*$/.test(value.id) && ready(value)}
          send={async (value) => {
            await answer(api.POST('/clock-policies', { body: { id: value.id, ...bodyOf(value) } }));
            return undefined;
          }}
          fields={(value, put) => (
            <>
              <TextField label={t('admin.codeLower')} value={value.id} onChange={(id) => put({ id })} />
              <PolicyFields value={value} put={put} />
            </>
          )}
        />
      </div>
      <Try />
    </SimpleTable>
  );
}

function MatchFields({ value, put }: { value: Match; put: (change: Match) => void }) {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const set = (key: keyof Match) => (next: string | undefined) => put({ ...value, [key]: next ?? '' });
  const any = t('list.filter.any');
  return (
    <>
      <Choose none={any} label={t('order.service')} value={value.service_type} options={(catalog?.service_types ?? []).map((one) => ({ value: one.code, label: nameOf(one) }))} onChange={set('service_type')} />
      <Choose none={any} label={t('case.product')} value={value.product_line} options={(catalog?.categories ?? []).map((one) => ({ value: one.code, label: nameOf(one) }))} onChange={set('product_line')} />
      <Choose none={any} label={t('case.priority')} value={value.priority} options={priorities.map((one) => ({ value: one, label: one }))} onChange={set('priority')} />
      <Choose none={any} label={t('clocks.tier')} value={value.region_tier} options={tiers.map((one) => ({ value: one, label: say(`clocks.region_tier.${one}`) }))} onChange={set('region_tier')} />
      <Choose none={any} label={t('case.brand')} value={value.brand} options={(catalog?.brands ?? []).map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={set('brand')} />
    </>
  );
}

function PolicyFields({ value, put }: { value: Fields; put: (change: Partial<Fields>) => void }) {
  const t = useDeskT();
  const say = useSay();
  const calendars = useCalendars().data ?? [];
  const timed = value.kind === 'calendar_time' || value.kind === 'working_time';
  const calendarOptions = [{ value: '@centre', label: t('clocks.ofCentre') }, { value: '@outlet', label: t('clocks.ofOutlet') }, ...calendars.map((one) => ({ value: one.id, label: one.name ?? one.id }))];
  return (
    <>
      <Choose label={t('clocks.milestone')} value={value.milestone} options={milestones.map((one) => ({ value: one, label: say(`clocks.milestone.${one}`) }))} onChange={(milestone) => put({ milestone: milestone ?? '' })} />
      <Choose label={t('clocks.party')} value={value.party} options={[...new Set([...parties, value.party])].map((one) => ({ value: one, label: say(`clocks.party.${one}`) }))} onChange={(party) => put({ party: party ?? '' })} />
      <MatchFields value={value.match} put={(match) => put({ match })} />
      <Choose label={t('clocks.target')} value={value.kind} options={targetKinds.map((one) => ({ value: one, label: say(`clocks.target.${one}`) }))} onChange={(kind) => put({ kind: targetKinds.find((one) => one === kind) ?? 'working_time' })} />
      {timed && <NumberField label={t('clocks.minutes')} min={1} max={525_600} value={value.minutes} onChange={(minutes) => put({ minutes: minutes ?? 0 })} />}
      {value.kind === 'workday_end' && <NumberField label={t('clocks.workdays')} max={366} value={value.days} onChange={(days) => put({ days: days ?? 0 })} />}
      {(value.kind === 'working_time' || value.kind === 'workday_end') && <Choose label={t('clocks.calendar')} value={value.calendar} options={calendarOptions} onChange={(calendar) => put({ calendar: calendar ?? '@centre' })} />}
      {value.kind === 'instant' ? (
        <NumberField label={t('clocks.warnLeft')} value={value.warnLeft} onChange={(warnLeft) => put({ warnLeft: warnLeft ?? 0, warnUsed: 0 })} />
      ) : (
        <NumberField label={t('clocks.warnUsed')} max={99} value={value.warnUsed} onChange={(warnUsed) => put({ warnUsed: warnUsed ?? 0, warnLeft: 0 })} />
      )}
    </>
  );
}

/** Asks which policy would set a deadline, and why. */
function Try() {
  const t = useDeskT();
  const say = useSay();
  const worded = useWorded();
  const matchWords = useMatchWords();
  const targetWords = useTargetWords();
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState<{ milestone: string; party: string; match: Match }>({ milestone: 'first_response', party: 'centre', match: {} });
  const ask = useAct({ send: (input: typeof asked) => answer(api.GET('/clock-policies/try', { params: { query: { milestone: input.milestone, party: input.party, ...(Object.fromEntries(Object.entries(input.match).filter(([, value]) => value)) as Match) } } })) });
  if (!open) {
    return (
      <div>
        <Button onClick={() => setOpen(true)}>{t('clocks.try')}</Button>
      </div>
    );
  }
  const found = ask.data;
  return (
    <Block title={t('clocks.try')}>
      <div className={styles.pair}>
        <Choose label={t('clocks.milestone')} value={asked.milestone} options={milestones.map((one) => ({ value: one, label: say(`clocks.milestone.${one}`) }))} onChange={(milestone) => setAsked({ ...asked, milestone: milestone ?? 'first_response' })} />
        <Choose label={t('clocks.party')} value={asked.party} options={parties.map((one) => ({ value: one, label: say(`clocks.party.${one}`) }))} onChange={(party) => setAsked({ ...asked, party: party ?? 'centre' })} />
        <MatchFields value={asked.match} put={(match) => setAsked({ ...asked, match })} />
      </div>
      <div className={styles.foot}>
        <Button type="primary" loading={ask.isPending} onClick={() => ask.mutate(asked)}>
          {t('clocks.ask')}
        </Button>
      </div>
      {ask.error && <ErrorView inline error={ask.error} />}
      {found && (
        <>
          <p>
            <b>{found.policy ? `${matchWords(found.policy.match)}: ${targetWords(found.policy.target)}` : t('clocks.noPolicy')}</b>
          </p>
          <ReasonList reasons={worded(found.reasons)} />
        </>
      )}
    </Block>
  );
}
