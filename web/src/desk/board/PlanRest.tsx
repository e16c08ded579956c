import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, Progress } from 'antd';
import { useRef, useState } from 'react';

import { answer, api, call } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { KeyRing } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { formatDuration, formatTime } from '@/lib/format';
import { uuid } from '@/lib/ids';
import { defaultZone } from '@/lib/instant';
import { ReasonList } from '@/ui/Why';

import { useWorded } from '../parts/reasons';
import styles from './board.module.css';
import { Refusal } from './PlaceDialog';
import type { DayOrder, Lane, Plan } from './types';

interface Props {
  date: string;
  outlet: string | undefined;
  orders: readonly DayOrder[];
  lanes: readonly Lane[];
  onDone: () => void;
  onClose: () => void;
}

const readPlan = (body: unknown) => body as Plan;

/** The machine plans what waits; a person looks at the draft and publishes or discards it. */
export function PlanRest({ date, outlet, orders, lanes, onDone, onClose }: Props) {
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
      const input = { name, date, outlet, id: now?.id };
      const key = ring.current.of(input);
      const body = name === 'create' ? { date, ...(outlet ? { outlet_id: outlet } : {}), operation_id: key } : { operation_id: key };
      const path = name === 'create' ? '/dispatch/plans' : `/dispatch/plans/${now?.id ?? ''}/${name}`;
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
      title={t('board.rest.title', { date })}
      footer={
        now?.state === 'draft' ? (
          <div className={styles.foot}>
            <Button type="primary" loading={busy === 'publish'} disabled={(now.visits ?? []).length === 0} onClick={() => void act('publish')}>
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
            <p>{t('board.rest.about', { count: orders.length })}</p>
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

/** What a plan brings: who goes where when, and who could not be placed and why. */
function Draft({ plan, orders, lanes }: { plan: Plan; orders: readonly DayOrder[]; lanes: readonly Lane[] }) {
  const t = useDeskT();
  const lang = useLang();
  const worded = useWorded();
  const visits = plan.visits ?? [];
  const left = plan.unserved ?? [];
  const numberOf = (id: string) => orders.find((order) => order.id === id)?.number ?? lanes.flatMap((lane) => lane.bars).flatMap((bar) => bar.orders).find((order) => order.id === id)?.number ?? '';
  const nameOf = (id: string) => lanes.find((lane) => lane.id === id)?.name ?? '';
  const byEngineer = new Map<string, typeof visits>();
  for (const visit of visits) {
    const lead = visit.engineers?.[0] ?? '';
    byEngineer.set(lead, [...(byEngineer.get(lead) ?? []), visit]);
  }
  return (
    <>
      {plan.state === 'published' && <p role="status">{t('board.rest.published', { count: visits.length })}</p>}
      <dl className={styles.sums}>
        <div>
          <dt>{t('board.rest.placed')}</dt>
          <dd>{visits.length}</dd>
        </div>
        <div>
          <dt>{t('board.rest.left')}</dt>
          <dd>{left.length}</dd>
        </div>
        <div>
          <dt>{t('board.rest.travel')}</dt>
          <dd>{formatDuration(plan.travel_s * 1000, lang)}</dd>
        </div>
        <div>
          <dt>{t('board.rest.work')}</dt>
          <dd>{formatDuration(plan.work_s * 1000, lang)}</dd>
        </div>
      </dl>
      {byEngineer.size > 0 && (
        <ul className={styles.plain}>
          {[...byEngineer].map(([engineer, list]) => (
            <li key={engineer}>
              <b>{nameOf(engineer)}</b>
              {list.map((visit) => (
                <div key={visit.job}>
                  {formatTime(visit.start, defaultZone)}–{formatTime(visit.end, defaultZone)} {numberOf(visit.job)}
                  {(visit.engineers ?? []).length > 1 && ` · ${(visit.engineers ?? []).slice(1).map(nameOf).join(lang === 'en' ? ', ' : '、')}`}
                </div>
              ))}
            </li>
          ))}
        </ul>
      )}
      {left.length > 0 && (
        <section>
          <h3>{t('board.rest.why')}</h3>
          <ul className={styles.plain}>
            {left.map((one) => (
              <li key={one.job}>
                {numberOf(one.job)}
                <ReasonList reasons={worded(one.reasons)} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
