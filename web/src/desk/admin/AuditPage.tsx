import { Button } from 'antd';
import { CircleCheck, ShieldAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api } from '@/api/client';
import { useAct, useCursorList } from '@/api/query';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill, useStateWord } from '@/kit/StatePill';
import { stateLooks } from '@/kit/states';
import { deviceZone } from '@/lib/instant';
import { instantAt } from '@/lib/zoned';
import { Block, Facts } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { useListState } from '@/ui/list/useListState';

import { useActor } from '../parts/moments';
import { fieldPage, recordPage } from '../parts/pages';
import { RecordLink } from '../parts/RecordLink';
import styles from '../parts/parts.module.css';
import { readAll, toPage, useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import { TaskProgress } from './JobsPage';

type Entry = components['schemas']['AppPlacedBody'];
type Report = components['schemas']['AppReportBody'];

const kinds = ['case', 'order', 'visit', 'customer', 'unit', 'callback', 'quote', 'assessment', 'coverage', 'ledger_entry', 'user', 'role', 'api_key', 'outlet', 'engineer', 'message', 'message_template', 'clock_policy', 'clock_calendar', 'dispatch_plan', 'stock'] as const;

/** What a kind of record is called, as far as it has a name; the code of others. */
function useKindWords(): (kind: string) => string {
  const t = useDeskT();
  const { i18n } = useTranslation();
  return (kind) => (i18n.exists(`audit.kind.${kind}`) ? t(`audit.kind.${kind}` as 'audit.kind.case') : kind);
}

/** What an act is called: by its module, else by the trail's own words. */
function useActWords(): (kind: string, act: string) => string {
  const say = useSay();
  const t = useDeskT();
  const { i18n } = useTranslation();
  return (kind, act) => {
    const own = i18n.exists(`audit.act.${act}`) ? t(`audit.act.${act}` as 'audit.act.edit') : act;
    // A unit of a campaign is worked on by the campaign's acts.
    const word = say(`${kind}.act.${act}`, say(`${kind.replace(/_unit$/, '')}.act.${act}`, own));
    return word.charAt(0).toUpperCase() + word.slice(1); // it begins a line
  };
}

/** A day of the filter as the instant where it begins on the reader's clock. */
const dayStart = (day: string | undefined, ahead = 0) => {
  if (!day) return undefined;
  const at = instantAt(`${day}T00:00`, deviceZone());
  return at === '' ? undefined : new Date(Date.parse(at) + ahead * 86_400_000).toISOString();
};

/** Who did what, when and from what to what, over all records; each record's chain can be checked. */
export function AuditPage() {
  const t = useDeskT();
  const actor = useActor();
  const kindWords = useKindWords();
  const actWords = useActWords();
  const [state, change] = useListState(['kind', 'who', 'from', 'to']);
  const { filters: f, q } = state;
  const users = useRead(['users', 'every'], () => readAll((cursor) => answer(api.GET('/users', { params: { query: { limit: 200, cursor } } })))).data ?? [];
  const list = useCursorList<Entry>(['audit', q, f], async (cursor, signal) => {
    const query = { cursor, kind: f['kind']?.[0], actor: f['who']?.[0], from: dayStart(f['from']?.[0]), to: dayStart(f['to']?.[0], 1), record: q || undefined };
    return toPage(await answer(api.GET('/audit', { params: { query }, signal })));
  });
  return (
    <ListPage
      id="audit"
      title={t('nav.audit')}
      list={list}
      rowKey={(row) => row.id}
      columns={[
        { key: 'at', title: t('audit.recorded'), width: 170, cell: (row) => <RelativeTime at={row.recorded_at} /> },
        { key: 'who', title: t('audit.who'), width: 150, grow: 1, cell: (row) => actor(row.actor) },
        { key: 'act', title: t('audit.act'), width: 150, grow: 1, cell: (row) => actWords(row.record_kind, row.act) },
        { key: 'kind', title: t('audit.record'), width: 150, cell: (row) => kindWords(row.record_kind) },
        { key: 'id', title: t('audit.id'), width: 200, grow: 1, cell: (row) => <code data-own-words>{row.record_id}</code> },
        { key: 'seq', title: t('audit.place'), width: 80, align: 'end', cell: (row) => row.seq },
        { key: 'happened', title: t('audit.happened'), width: 170, initially: 'hidden', cell: (row) => <RelativeTime at={row.occurred_at} /> },
      ]}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>{actWords(row.record_kind, row.act)}</b>
            <small className={styles.soft}>
              <RelativeTime at={row.recorded_at} />
            </small>
          </span>
          <span>
            {actor(row.actor)} · {kindWords(row.record_kind)}
          </span>
        </>
      )}
      filters={[
        { key: 'kind', label: t('audit.record'), kind: 'one', options: kinds.map((value) => ({ value, label: t(`audit.kind.${value}`) })) },
        { key: 'who', label: t('audit.who'), kind: 'one', options: users.map((one) => ({ value: one.id, label: one.name })) },
        { key: 'from', label: t('audit.from'), kind: 'day' },
        { key: 'to', label: t('audit.to'), kind: 'day' },
      ]}
      state={state}
      onChange={change}
      detail={(id) => <AuditDetail key={id} entry={list.items.find((one) => one.id === id)} />}
      actions={<VerifyAll />}
    />
  );
}

/** Checks the whole trail in the background and says what it found. */
function VerifyAll() {
  const t = useDeskT();
  const [task, setTask] = useState('');
  const start = useAct({ send: () => answer(api.POST('/audit/verify')), done: (made) => setTask(made.id) });
  const run = useRead(['tasks', task], () => answer(api.GET('/tasks/{id}', { params: { path: { id: task } } })), task !== '', 800).data;
  const live = run !== undefined && run.ended_at === undefined;
  const report = run?.state === 'done' ? (run.result as Report) : undefined;
  return (
    <span className={styles.row}>
      {start.error && <ErrorView inline error={start.error} />}
      {live && <TaskProgress task={run} />}
      {report && <ReportPill report={report} />}
      {run?.state === 'failed' && <Pill tone="bad" label={t('jobs.task.failed')} />}
      <Button loading={start.isPending || live} onClick={() => start.mutate(undefined)}>
        {t('audit.verify')}
      </Button>
    </span>
  );
}

function ReportPill({ report }: { report: Report }) {
  const t = useDeskT();
  const faults = report.faults ?? [];
  return faults.length === 0 ? (
    <Pill tone="good" icon={CircleCheck} label={t('audit.whole', { count: report.entries })} />
  ) : (
    <Pill tone="bad" icon={ShieldAlert} label={t('audit.broken', { count: faults.length })} title={faults.map((one) => `${one.kind} ${one.record} #${one.seq} ${one.what}`).join('\n')} />
  );
}

function AuditDetail({ entry }: { entry: Entry | undefined }) {
  const t = useDeskT();
  const actor = useActor();
  const kindWords = useKindWords();
  const actWords = useActWords();
  const valueWords = useValueWords(entry?.record_kind ?? '');
  const path = { kind: entry?.record_kind ?? '', id: entry?.record_id ?? '' };
  const check = useRead(['audit', 'check', path.kind, path.id], () => answer(api.GET('/audit/{kind}/{id}/check', { params: { path } })), entry !== undefined);
  if (!entry) return <p className={styles.page}>{t('list.emptyFiltered')}</p>;
  return (
    <article className={styles.page}>
      <h1>
        {actWords(entry.record_kind, entry.act)} · {kindWords(entry.record_kind)}
      </h1>
      <div className={styles.row}>{check.data && <ReportPill report={check.data} />}</div>
      <Facts
        facts={[
          [t('audit.who'), actor(entry.actor)],
          [t('audit.recorded'), <RelativeTime key="r" at={entry.recorded_at} />],
          [t('audit.happened'), <RelativeTime key="o" at={entry.occurred_at} />],
          [t('audit.id'), <RecordLink key="id" page={recordPage(entry.record_kind, entry.record_id)}><code>{entry.record_id}</code></RecordLink>],
          [t('audit.place'), entry.seq],
          ...(entry.reason ? [[t('act.reason'), valueWords('reason', entry.reason)] as const] : []),
          ...(entry.request_id ? [[t('error.requestId'), <code key="q">{entry.request_id}</code>] as const] : []),
        ]}
      />
      <Block title={t('audit.change')}>
        <Change kind={entry.record_kind} before={entry.before} after={entry.after} />
      </Block>
      <Block title={t('audit.trail')}>
        <RecordTrail kind={entry.record_kind} id={entry.record_id} />
      </Block>
    </article>
  );
}

/** Reads the JSON of a side; text that is none counts as one value. */
function sideOf(text: string | undefined): Record<string, unknown> {
  if (!text) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : { '': value };
  } catch {
    return { '': text };
  }
}

/** What a field of a record is called, as far as it has a name. */
function useFieldWords(): (key: string) => string | undefined {
  const t = useDeskT();
  const { i18n } = useTranslation();
  return (key) => (i18n.exists(`audit.field.${key}`) ? t(`audit.field.${key}` as 'audit.field.state') : undefined);
}

/** A value as people read it: names for the codes of the catalogue, words of states, instants on the reader's clock. */
function useValueWords(kind: string): (key: string, value: unknown) => ReactNode {
  const t = useDeskT();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const stateWord = useStateWord();
  const named = (key: string, code: string): string | undefined => {
    const rows: Partial<Record<string, readonly { code: string; name_zh: string; name_en: string }[] | null>> = {
      reason: catalog?.reasons, service_type: catalog?.service_types, category: catalog?.categories, categories: catalog?.categories, symptom: catalog?.symptoms,
    };
    if (key === 'state' && Object.hasOwn(stateLooks, kind)) return stateWord(kind as keyof typeof stateLooks, code);
    if (key.startsWith('brand')) return nameOf(catalog?.brands?.find((one) => one.id === code), code);
    const row = rows[key]?.find((one) => one.code === code);
    return row && nameOf(row);
  };
  return (key, value) => {
    if (typeof value === 'boolean') return t(value ? 'word.yes' : 'word.no');
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value)) return <RelativeTime at={value} />;
    if (Array.isArray(value) && value.length > 0 && value.every((one) => fieldPage(key, one) !== undefined)) {
      return value.map((one: string) => <RecordLink key={one} page={fieldPage(key, one)}><code>{one}</code> </RecordLink>);
    }
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.map((one) => named(key, one) ?? one).join('、');
    const page = fieldPage(key, value);
    if (page) return <RecordLink page={page}><code>{value as string}</code></RecordLink>;
    return (typeof value === 'string' ? named(key, value) : undefined) ?? shown(value);
  };
}

const shown = (value: unknown) => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

/** Before and after, field by field; what stayed the same is left out. */
function Change({ kind, before, after }: { kind: string; before: string | undefined; after: string | undefined }) {
  const t = useDeskT();
  const fieldWords = useFieldWords();
  const valueWords = useValueWords(kind);
  const from = sideOf(before);
  const to = sideOf(after);
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((key) => shown(from[key]) !== shown(to[key]));
  if (keys.length === 0) return <p className={styles.soft}>{t('audit.noChange')}</p>;
  return (
    <table className={styles.diff}>
      <thead>
        <tr>
          <th scope="col">{t('audit.field')}</th>
          <th scope="col">{t('audit.before')}</th>
          <th scope="col">{t('audit.after')}</th>
        </tr>
      </thead>
      <tbody data-own-words>
        {keys.map((key) => (
          <tr key={key}>
            <td title={key}>{fieldWords(key) ?? <code>{key}</code>}</td>
            <td>{valueWords(key, from[key])}</td>
            <td>{valueWords(key, to[key])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** One record's acts, the newest first. */
export function RecordTrail({ kind, id }: { kind: string; id: string }) {
  const t = useDeskT();
  const actor = useActor();
  const actWords = useActWords();
  const rows = useRead(['audit', 'of', kind, id], async () => (await answer(api.GET('/audit', { params: { query: { kind, record: id, limit: 50 } } }))).items ?? []).data;
  if (rows?.length === 0) return <p className={styles.soft}>{t('audit.never')}</p>;
  return (
    <ol className={styles.lines}>
      {(rows ?? []).map((row) => (
        <li key={row.id}>
          <b>{actWords(kind, row.act)}</b>
          <span>{actor(row.actor)}</span>
          <small className={styles.soft}>
            <RelativeTime at={row.recorded_at} />
          </small>
          {(row.before ?? row.after) && <Change kind={kind} before={row.before} after={row.after} />}
        </li>
      ))}
    </ol>
  );
}
