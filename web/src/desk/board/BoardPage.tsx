import { useQuery } from '@tanstack/react-query';
import { App } from 'antd';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { asApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { formatTime } from '@/lib/format';
import { uuid } from '@/lib/ids';
import { dayAt, defaultZone } from '@/lib/instant';
import { usePhone } from '@/lib/media';
import { useNow } from '@/lib/now';
import { useStore } from '@/lib/store';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { may, useMe } from '../parts/server';
import { useBoardActs, type Because } from './acts';
import { AlertsDrawer } from './AlertsDrawer';
import { datesFrom, hoursOf } from './axis';
import styles from './board.module.css';
import { BoardTools } from './BoardTools';
import { createDrag } from './drag';
import { Ghost } from './Ghost';
import { crewFor, itemsOf, lanesOf, openOf, workOfBar, workOfOrder } from './lanes';
import { ListView } from './ListView';
import { OpenList } from './OpenList';
import { PlaceDialog } from './PlaceDialog';
import { PlanRest, type Repair } from './PlanRest';
import { judgeAt, judgeDay, useDays, useLive } from './server';
import { Timeline, type TimelineHandle } from './Timeline';
import type { Bar, Spot, Work } from './types';
import { useBoardState } from './useBoardState';
import { useOrderWords } from './verdict';
import { VisitDrawer } from './VisitDrawer';

/** The date on which work is looked for: where it stands, or its promise, or the one shown. */
function dayOf({ start, promised }: Work, shown: string): string {
  const at = start ?? promised?.from;
  return at === undefined ? shown : dayAt(at, defaultZone);
}

/** The dispatcher's day: engineers over hours, what waits beside them, moved by hand and judged by the server. */
export function BoardPage() {
  const t = useDeskT();
  const phone = usePhone();
  const now = useNow();
  const { notification } = App.useApp();
  const { data: me } = useMe();
  const words = useOrderWords();
  const [state, put] = useBoardState();
  const acts = useBoardActs();
  const live = useLive();
  const dates = useMemo(() => datesFrom(state.day, phone ? 1 : state.span), [state.day, state.span, phone]);
  const { days, error, reload } = useDays(dates, state.outlet);
  const lanes = useMemo(() => lanesOf(days ?? []), [days]);
  const open = useMemo(() => openOf(days ?? []), [days]);
  const hours = useMemo(() => hoursOf(dates, lanes), [dates, lanes]);
  const items = useMemo(() => itemsOf(lanes), [lanes]);
  const [placing, setPlacing] = useState<{ work: Work; spot: Spot | undefined }>();
  const [planning, setPlanning] = useState<{ repair?: Repair }>();
  const [alerting, setAlerting] = useState(false);
  const mayAssign = may(me, 'dispatch.assign');

  const timeline = useRef<TimelineHandle>(null);
  const [drag] = useState(createDrag);
  const dragged = useStore(drag.work);
  const tintDay = dates.length === 1 ? state.day : undefined;
  const ids = lanes.map((lane) => lane.id);
  const key = dragged && (dragged.visitId ?? dragged.orders.join());
  const tints = useQuery({
    queryKey: ['judge', key, 'day', tintDay, ids.join()],
    queryFn: ({ signal }) => (dragged && tintDay ? judgeDay(dragged, ids, tintDay, signal) : []),
    enabled: dragged !== undefined && tintDay !== undefined && mayAssign,
    staleTime: 5_000,
  });
  const tinted = useMemo(() => (key === undefined || !tints.data ? undefined : new Map(tints.data.map((one) => [one.engineer_id, one]))), [key, tints.data]);

  const place = useCallback(
    async (work: Work, engineers: readonly string[], start: number, because: Because) => {
      const name = lanes.find((lane) => lane.id === engineers[0])?.name ?? '';
      await acts.place(work, engineers, start, because, t('board.done.placed', { number: work.number, name, time: formatTime(start, defaultZone) }));
    },
    [acts, lanes, t],
  );

  // What fits stands at once and can be taken back; what has a price or breaks a rule is talked over first.
  const drop = useCallback(
    async (work: Work, spot: Spot) => {
      if (work.engineer === spot.engineer && work.start === spot.start) return;
      try {
        const judged = await judgeAt(work, spot.engineer, spot.start);
        if (judged?.verdict === 'fits') {
          await place(work, crewFor(work, spot.engineer), spot.start, { operationId: uuid() });
          return;
        }
      } catch (thrown) {
        const failure = asApiError(thrown);
        if (!failure.conflict) {
          notification.error({ title: failure.words || t('board.failed') });
          return;
        }
      }
      setPlacing({ work, spot });
    },
    [place, notification, t],
  );

  useEffect(() => {
    drag.attach(
      mayAssign
        ? {
            locate: (...point) => timeline.current?.locate(...point),
            nudge: (x, y) => timeline.current?.nudge(x, y) ?? false,
            judge: (work, spot, signal) => judgeAt(work, spot.engineer, spot.start, undefined, signal),
            drop: (work, spot) => void drop(work, spot),
          }
        : undefined,
    );
  }, [drag, drop, mayAssign]);

  const lookAt = useCallback((bar: Bar) => put({ visit: bar.visit?.id }), [put]);
  const looked = state.visit === undefined ? undefined : lanes.flatMap((lane) => lane.bars.filter((bar) => bar.visit?.id === state.visit).map((bar) => ({ bar, lane })))[0];
  const waiting = state.order === undefined ? undefined : open.orders.find((order) => order.id === state.order);
  const dialog = placing ?? (waiting && mayAssign ? { work: workOfOrder(waiting), spot: undefined } : undefined);
  const about = (work: Work) => {
    const order = open.orders.find((one) => one.id === work.orders[0]) ?? lanes.flatMap((lane) => lane.bars).flatMap((bar) => bar.orders).find((one) => one.id === work.orders[0]);
    return `${work.number} ${words(order)}`;
  };
  const asList = phone || state.list;

  return (
    <div className={styles.page}>
      <BoardTools state={state} put={put} live={live} undoable={acts.undoable} waiting={open.orders.length} onPlan={may(me, 'dispatch.plan') ? () => setPlanning({}) : undefined} onAlerts={() => setAlerting(true)} />
      {error && !days ? <ErrorView error={error} retry={reload} /> : null}
      {error && days ? <ErrorView inline error={error} retry={reload} /> : null}
      {!error && !days && <SkeletonRows />}
      {days && (
        <div className={styles.body}>
          <OpenList orders={open.orders} more={open.more} state={state} put={put} drag={drag} />
          {lanes.length === 0 ? (
            <p className={styles.note}>{t('day.nobody')}</p>
          ) : asList ? (
            <ListView items={items} dates={dates} onOpen={lookAt} />
          ) : (
            <Timeline items={items} dates={dates} hours={hours} now={now} drag={drag} tints={tinted} looked={state.visit} onOpen={lookAt} handle={timeline} />
          )}
        </div>
      )}
      <Ghost drag={drag} lanes={lanes} />
      {looked && (
        <VisitDrawer
          key={looked.bar.key}
          bar={looked.bar}
          lane={looked.lane}
          lanes={lanes}
          acts={acts}
          onMove={() => {
            const work = workOfBar(looked.bar, looked.lane.id);
            if (work) setPlacing({ work, spot: undefined });
          }}
          onClose={() => put({ visit: undefined })}
        />
      )}
      {dialog && (
        <PlaceDialog
          key={`${dialog.work.visitId ?? dialog.work.orders.join()}:${dialog.spot?.engineer ?? ''}:${dialog.spot?.start ?? ''}`}
          work={dialog.work}
          title={about(dialog.work)}
          spot={dialog.spot}
          day={dayOf(dialog.work, state.day)}
          lanes={lanes}
          onPlace={(engineers, start, because) => place(dialog.work, engineers, start, because)}
          onClose={() => {
            setPlacing(undefined);
            if (state.order !== undefined) put({ order: undefined });
          }}
        />
      )}
      {alerting && (
        <AlertsDrawer
          onRepair={(repair) => {
            setAlerting(false);
            setPlanning({ repair });
          }}
          onClose={() => setAlerting(false)}
        />
      )}
      {planning && <PlanRest date={state.day} outlet={state.outlet} repair={planning.repair} orders={open.orders} lanes={lanes} onDone={() => void acts.fresh()} onClose={() => setPlanning(undefined)} />}
    </div>
  );
}
