import { Progress, Segmented } from 'antd';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import type { components } from '@/api/schema';
import { useDeskT, type DeskKey } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import type { Tone } from '@/theme/tokens';
import { Facts } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { useListState } from '@/ui/list/useListState';

import styles from '../parts/parts.module.css';
import { toPage, useRead, useSay } from '../parts/server';
import { useTaskWord } from '../parts/tasks';
import { useActor } from '../parts/moments';
import { Do, SimpleTable } from './Simple';

type Job = components['schemas']['JobsQueued'];
type Task = components['schemas']['JobsTask'];

const views = ['tasks', 'jobs', 'dead'] as const;
type View = (typeof views)[number];

/** What runs in the background: what people wait for, the queue, and events that could not be delivered. */
export function JobsPage() {
  const t = useDeskT();
  const [state, change] = useListState(['view', 'state']);
  const view: View = views.find((one) => one === state.filters['view']?.[0]) ?? 'tasks';
  const counts = useRead(['jobs', 'counts'], () => answer(api.GET('/jobs/counts'))).data ?? {};
  const dead = useRead(['dead'], async () => (await answer(api.GET('/events/dead'))) ?? []);
  const waiting = { tasks: 0, jobs: counts['discarded'] ?? 0, dead: dead.data?.length ?? 0 };
  return (
    <div className={styles.tall}>
      <div className={styles.bar}>
        <Segmented
          value={view}
          options={views.map((one) => ({ value: one, label: `${t(`jobs.view.${one}`)}${waiting[one] > 0 ? ` ${waiting[one]}` : ''}` }))}
          onChange={(next) => change({ filters: { view: [next] }, selected: '' })}
        />
      </div>
      {view === 'tasks' && <Tasks />}
      {view === 'jobs' && <Queue />}
      {view === 'dead' && <DeadLetters rows={dead} />}
    </div>
  );
}

const taskTones: Partial<Record<string, Tone>> = { queued: 'neutral', running: 'busy', done: 'good', failed: 'bad', cancelled: 'neutral' };

/** Progress of a task in numbers and as a bar. */
export function TaskProgress({ task }: { task: Task }) {
  const live = task.state === 'running' || task.state === 'queued';
  if (!live || task.total === 0) return <span>{task.total > 0 ? `${task.done} / ${task.total}` : ''}</span>;
  return <Progress percent={Math.floor((task.done / task.total) * 100)} size="small" aria-label={`${task.done} / ${task.total}`} />;
}

function Tasks() {
  const t = useDeskT();
  const taskWord = useTaskWord();
  const say = useSay();
  const actor = useActor();
  const rows = useRead(['tasks', 'all'], async () => (await answer(api.GET('/tasks', { params: { query: { all: true } } }))) ?? []);
  return (
    <SimpleTable
      title={t('jobs.view.tasks')}
      rows={rows}
      rowKey={(row) => row.id}
      empty={t('jobs.tasks.none')}
      columns={[
        { title: t('jobs.kind'), cell: (row) => taskWord(row.kind) },
        { title: t('jobs.owner'), cell: (row) => actor(`user:${row.owner}`) },
        { title: t('case.state'), cell: (row) => <Pill tone={taskTones[row.state] ?? 'neutral'} label={t(`jobs.task.${row.state as 'done'}`)} /> },
        { title: t('import.progress'), cell: (row) => <TaskProgress task={row} /> },
        { title: t('dead.error'), long: true, cell: (row) => (row.error ? say(`problem.${row.error}`, row.error) : '') },
        { title: t('record.created'), cell: (row) => <RelativeTime at={row.created_at} /> },
        {
          title: t('schedule.acts'),
          cell: (row) => (row.state === 'running' || row.state === 'queued') && <Do label={t('word.cancel')} disabled={row.cancel_asked} stale={['tasks']} act={() => answer(api.POST('/tasks/{id}/cancel', { params: { path: { id: row.id } } }))} />,
        },
      ]}
    />
  );
}

const states = ['running', 'available', 'scheduled', 'retryable', 'discarded', 'cancelled', 'completed', 'pending'] as const;
const jobTones: Record<(typeof states)[number], Tone> = { running: 'busy', available: 'info', scheduled: 'neutral', retryable: 'warn', discarded: 'bad', cancelled: 'neutral', completed: 'good', pending: 'neutral' };

function JobState({ job }: { job: Job }) {
  const t = useDeskT();
  return <Pill tone={jobTones[job.state]} label={t(`jobs.state.${job.state}`)} />;
}

function Queue() {
  const t = useDeskT();
  const [state, change] = useListState(['view', 'state']);
  const chosen = states.filter((one) => state.filters['state']?.includes(one));
  const list = useCursorList<Job>(['jobs', chosen], async (cursor, signal) => toPage(await answer(api.GET('/jobs', { params: { query: { cursor, state: chosen.length > 0 ? chosen : null } }, signal }))));
  return (
    <ListPage
      id="jobs"
      title={t('jobs.view.jobs')}
      list={list}
      searchable={false}
      rowKey={(row) => `${row.id}`}
      columns={[
        { key: 'id', title: t('case.number'), width: 90, cell: (row) => row.id },
        { key: 'kind', title: t('jobs.kind'), width: 200, grow: 1, cell: (row) => <code>{row.kind}</code> },
        { key: 'state', title: t('case.state'), width: 130, cell: (row) => <JobState job={row} /> },
        { key: 'tries', title: t('dead.attempts'), width: 90, align: 'end', cell: (row) => `${row.attempt} / ${row.max_attempts}` },
        { key: 'error', title: t('dead.error'), width: 200, grow: 2, cell: (row) => <span data-own-words>{row.error}</span> },
        { key: 'due', title: t('jobs.due'), width: 160, cell: (row) => <RelativeTime at={row.scheduled_at} /> },
      ]}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <code>{row.kind}</code>
            <small className={styles.soft}>
              <RelativeTime at={row.scheduled_at} />
            </small>
          </span>
          <JobState job={row} />
        </>
      )}
      filters={[{ key: 'state', label: t('case.state'), kind: 'choice', options: states.map((value) => ({ value, label: t(`jobs.state.${value}`) })) }]}
      state={{ ...state, filters: state.filters['state'] ? { state: state.filters['state'] } : {} }}
      onChange={(next) => change(next.filters ? { ...next, filters: { ...next.filters, view: ['jobs'] } } : next)}
      detail={(id) => <JobDetail job={list.items.find((one) => `${one.id}` === id)} onGone={() => change({ selected: '' })} />}
    />
  );
}

function JobDetail({ job, onGone }: { job: Job | undefined; onGone: () => void }) {
  const t = useDeskT();
  if (!job) return null;
  const path = { id: job.id };
  const ended = ['completed', 'discarded', 'cancelled'].includes(job.state);
  return (
    <article className={styles.page}>
      <h1>
        {job.id} · <code>{job.kind}</code>
      </h1>
      <div className={styles.row}>
        <JobState job={job} />
        {job.state !== 'running' && job.state !== 'completed' && <Do label={t('jobs.retry')} stale={['jobs']} act={() => answer(api.POST('/jobs/{id}/retry', { params: { path } }))} />}
        {!ended && <Do label={t('word.cancel')} stale={['jobs']} act={() => answer(api.POST('/jobs/{id}/cancel', { params: { path } }))} />}
        {job.state !== 'running' && job.state !== 'completed' && <Do danger label={t('jobs.discard')} stale={['jobs']} onDone={onGone} act={() => answer(api.DELETE('/jobs/{id}', { params: { path } }))} />}
      </div>
      <Facts
        facts={[
          [t('dead.attempts'), `${job.attempt} / ${job.max_attempts}`],
          [t('record.created'), <RelativeTime key="c" at={job.created_at} />],
          [t('jobs.due'), <RelativeTime key="s" at={job.scheduled_at} />],
          ...(job.tried_at ? [[t('jobs.tried'), <RelativeTime key="t" at={job.tried_at} />] as const] : []),
          ...(job.ended_at ? [[t('jobs.ended'), <RelativeTime key="e" at={job.ended_at} />] as const] : []),
        ]}
      />
      {job.error && <pre className={styles.code} data-own-words>{job.error}</pre>}
      <pre className={styles.code} data-own-words>{JSON.stringify(job.args, null, 2)}</pre>
    </article>
  );
}

type Letter = components['schemas']['EventsDeadLetter'];
interface LetterRows {
  data: Letter[] | undefined;
  error: Parameters<typeof SimpleTable<Letter>>[0]['rows']['error'];
  refetch: () => Promise<unknown>;
}

/** Events that a part of the program failed to take; each is tried again or given up. */
function DeadLetters({ rows }: { rows: LetterRows }) {
  const t = useDeskT();
  const path = (row: Letter) => ({ subscriber: row.subscriber, seq: row.seq });
  const titles: [DeskKey, (row: Letter) => string | number][] = [
    ['dead.subscriber', (row) => row.subscriber],
    ['dead.topic', (row) => row.topic],
  ];
  return (
    <SimpleTable
      title={t('nav.dead')}
      rows={rows}
      rowKey={(row) => `${row.subscriber}:${row.seq}`}
      empty={t('jobs.dead.none')}
      columns={[
        ...titles.map(([key, cell]) => ({ title: t(key), cell: (row: Letter) => <code>{cell(row)}</code> })),
        { title: t('dead.error'), long: true, cell: (row) => row.error },
        { title: t('dead.attempts'), cell: (row) => row.attempts },
        { title: t('dead.at'), cell: (row) => <RelativeTime at={row.dead_at} /> },
        {
          title: t('schedule.acts'),
          cell: (row) => (
            <span className={styles.row}>
              <Do label={t('word.retry')} stale={['dead']} act={() => answer(api.POST('/events/dead/{subscriber}/{seq}/replay', { params: { path: path(row) } }))} />
              <Do danger label={t('jobs.discard')} stale={['dead']} act={() => answer(api.DELETE('/events/dead/{subscriber}/{seq}', { params: { path: path(row) } }))} />
            </span>
          ),
        },
      ]}
    />
  );
}
