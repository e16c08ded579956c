import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, Progress } from 'antd';
import { useRef, useState } from 'react';

import { answer, api, call } from '@/api/client';
import type { components } from '@/api/schema';
import { asApiError, type ApiError } from '@/api/problem';
import { KeyRing } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { formatDuration } from '@/lib/format';
import { uuid } from '@/lib/ids';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { ReasonList } from '@/ui/Why';

import { useWorded } from '../parts/reasons';
import { readAll } from '../parts/server';
import styles from './board.module.css';
import { Changes } from './Changes';
import { Refusal } from './PlaceDialog';
import { Fetches, Targets } from './PlanParts';
import type { DayOrder, Lane, Plan } from './types';

/** What is repaired after. */
export interface Repair {
  /** What the server is told of it. */
  event: components['schemas']['DispatchRepairEvent'];
  /** What happened, in words. */
  words: string;
}

interface Props {
  date: string;
  outlet: string | undefined;
  /** Without it, what waits is planned. */
  repair?: Repair | undefined;
  orders: readonly DayOrder[];
  /** How many wait that a plan would look at. */
  waiting: number;
  lanes: readonly Lane[];
  onDone: () => void;
  onClose: () => void;
}

const readPlan = (body: unknown) => body as Plan;

/** The machine plans what waits, or repairs what broke; a person looks at the draft and publishes or discards it. */
export function PlanRest({ date, outlet, repair, orders, waiting, lanes, onDone, onClose }: Props) {
  const t = useDeskT();
  const queries = useQueryClient();
  const [made, setMade] = useState<Plan>();
  const [busy, setBusy] = useState('');
  const [error, setError] = useState<ApiError>();
  const ring = useRef(new KeyRing());
  const plan = useQuery({
    queryKey: ['dispatch-plan', made?.id],
    queryFn: ({ signal }) => answer(api.GET('/dispatch/plans/{id}', { params: { path: { id: made?.id ?? '' } }, signal })),
    enabled: made !== undefined,
    refetchInterval: (query) => (query.state.data?.state === 'planning' || query.state.data === undefined ? 700 : false),
  });
  const now = plan.data ?? made;

  async function act(name: 'create' | 'publish' | 'discard') {
    setBusy(name);
    setError(undefined);
    try {
      const input = { name, date, outlet, repair, id: now?.id };
      const key = ring.current.of(input);
      const where = outlet ? { outlet_id: outlet } : {};
      const asked = repair ? { event: repair.event, ...where } : { date, ...where };
      const body = { ...(name === 'create' ? asked : {}), operation_id: key };
      const path = name === 'create' ? (repair ? '/dispatch/repairs' : '/dispatch/plans') : `/dispatch/plans/${now?.id ?? ''}/${name}`;
      const answered = await call('POST', path, { body, headers: { 'Idempotency-Key': key } }, readPlan);
      ring.current.settle();
      setMade(answered);
      queries.setQueryData(['dispatch-plan', answered.id], answered);
      if (name !== 'create') onDone();
      if (name === 'discard') onClose();
    } catch (thrown) {
      const failure = asApiError(thrown);
      if (!failure.passing) ring.current.settle();
      setError(failure);
    } finally {
      setBusy('');
    }
  }

  const ended = now?.state === 'published' || now?.state === 'discarded' || now?.state === 'failed';
  return (
    <Drawer
      open
      onClose={onClose}
      size={460}
      title={repair ? t('board.repair.title') : t('board.rest.title', { date: now?.date ?? date })}
      footer={
        now?.state === 'draft' ? (
          <div className={styles.foot}>
            <Button type="primary" loading={busy === 'publish'} disabled={(now.visits ?? []).length + (now.dropped ?? []).length === 0} onClick={() => void act('publish')}>
              {t('board.rest.publish')}
            </Button>
            <Button loading={busy === 'discard'} onClick={() => void act('discard')}>
              {t('board.rest.discard')}
            </Button>
          </div>
        ) : undefined
      }
    >
      <div className={styles.dialog}>
        {!now && (
          <>
            <p>{repair ? `${repair.words} ${t('board.repair.about')}` : t('board.rest.about', { count: waiting })}</p>
            <div>
              <Button type="primary" loading={busy === 'create'} onClick={() => void act('create')}>
                {t('board.rest.start')}
              </Button>
            </div>
          </>
        )}
        {error && <Refusal error={error} />}
        {plan.error && <ErrorView inline error={plan.error} retry={() => void plan.refetch()} />}
        {now?.state === 'planning' && <Running taskId={now.task_id} />}
        {now?.state === 'failed' && <p role="alert">{t('board.rest.failed')}</p>}
        {now && now.state !== 'planning' && now.state !== 'failed' && <Draft plan={now} orders={orders} lanes={lanes} />}
        {ended && (
          <div>
            <Button type="primary" onClick={onClose}>
              {t('word.close')}
            </Button>
          </div>
        )}
      </div>
    </Drawer>
  );
}

/** How far the planning is; it can be stopped. */
function Running({ taskId }: { taskId: string }) {
  const t = useDeskT();
  const task = useQuery({ queryKey: ['task', taskId], queryFn: ({ signal }) => answer(api.GET('/tasks/{id}', { params: { path: { id: taskId } }, signal })), refetchInterval: 700 });
  const { done = 0, total = 0 } = task.data ?? {};
  return (
    <div role="status" className={styles.dialog}>
      <p>{t('board.rest.running')}</p>
      <Progress percent={total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 0} aria-label={t('board.rest.running')} />
      <div>
        <Button disabled={task.data?.cancel_asked ?? false} onClick={() => void call('POST', `/tasks/${taskId}/cancel`, { body: { operation_id: uuid() } }, () => undefined).then(() => task.refetch())}>
          {t('word.cancel')}
        </Button>
      </div>
    </div>
  );
}

/** What a plan brings, against the board that it was made for, and whether it can still come true. */
function Draft({ plan, orders, lanes }: { plan: Plan; orders: readonly DayOrder[]; lanes: readonly Lane[] }) {
  const t = useDeskT();
  const lang = useLang();
  const worded = useWorded();
  const path = { id: plan.id };
  const changes = useQuery({ queryKey: ['dispatch-plan', plan.id, 'changes'], queryFn: () => readAll((cursor) => answer(api.GET('/dispatch/plans/{id}/changes', { params: { path, query: { limit: 200, cursor } } }))) });
  const compared = useQuery({ queryKey: ['dispatch-plan', plan.id, 'comparison'], queryFn: () => answer(api.GET('/dispatch/plans/{id}/comparison', { params: { path } })), enabled: plan.state === 'draft' });
  const { before, after, added, moved, dropped, unserved, promised_broken } = plan.comparison;
  const gap = after.travel_s - before.travel_s;
  const span = (seconds: number) => formatDuration(seconds * 1000, lang);
  const sums: [string, string | number][] = [
    [t('board.rest.placed'), added],
    ...(moved > 0 ? [[t('board.rest.moved'), moved] as [string, number]] : []),
    ...(dropped > 0 ? [[t('board.rest.dropped'), dropped] as [string, number]] : []),
    [t('board.rest.left'), unserved],
    ...(Math.abs(gap) >= 60 ? [[t(gap < 0 ? 'board.rest.travelLess' : 'board.rest.travelMore'), span(gap)] as [string, string]] : []),
    [t('board.rest.travel'), span(after.travel_s)],
    ...(promised_broken > 0 ? [[t('board.rest.broken'), promised_broken] as [string, number]] : []),
  ];
  return (
    <>
      {plan.state === 'published' && <p role="status">{t('board.rest.published', { count: added + moved })}</p>}
      {compared.data?.current === false && (
        <div role="alert" className={styles.judgement} data-verdict="refused">
          <b>{t('board.rest.stale')}</b>
          <ReasonList reasons={worded((compared.data.stale ?? []).map((one) => one.reason))} />
        </div>
      )}
      <dl className={styles.sums}>
        {sums.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Targets plan={plan} />
      {changes.error && <ErrorView inline error={changes.error} retry={() => void changes.refetch()} />}
      {changes.isPending && <SkeletonRows />}
      {plan.kind === 'repair' && changes.data?.length === 0 && <p role="status">{t('board.repair.nothing')}</p>}
      <Changes list={changes.data ?? []} orders={orders} lanes={lanes} />
      <Fetches plan={plan} lanes={lanes} />
    </>
  );
}
