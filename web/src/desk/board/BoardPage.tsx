import { App } from 'antd';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { asApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { formatTime } from '@/lib/format';
import { uuid } from '@/lib/ids';
import { dayAt, defaultZone } from '@/lib/instant';
import { usePhone } from '@/lib/media';
import { createStore } from '@/lib/store';
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
import { MapView } from './MapView';
import { plannedOf, SendAll } from './SendAll';
import { judgeAt, judgeSwap, useDays, useLive, worst } from './server';
import { SwapDialog } from './SwapDialog';
import { Timeline, type TimelineHandle } from './Timeline';
import { Tints, type TintStore } from './Tints';
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
  const [swapping, setSwapping] = useState<{ one: string; other: string }>();
  const [sending, setSending] = useState(false);
  const [alerting, setAlerting] = useState(false);
  const mayAssign = may(me, 'dispatch.assign');

  const timeline = useRef<TimelineHandle>(null);
  const [drag] = useState(createDrag);
  const [tints] = useState((): TintStore => createStore<ReturnType<TintStore['get']>>(undefined));

  const place = useCallback(
    async (work: Work, engineers: readonly string[], start: number, because: Because) => {
      const name = lanes.find((lane) => lane.id === engineers[0])?.name ?? '';
      try {
        await acts.place(work, engineers, start, because, t('board.done.placed', { number: work.number, name, time: formatTime(start, defaultZone) }));
      } catch (thrown) {
        if (asApiError(thrown).status === 412) {
          void acts.fresh();
          // Who was told that somebody was faster, and presses again, means it.
          setPlacing((before) => before && { ...before, work: { ...before.work, version: undefined } });
        }
        throw thrown;
      }
    },
    [acts, lanes, t],
  );

  // What fits stands at once and can be taken back; what has a price or breaks a rule is talked over first.
  const drop = useCallback(
    async (work: Work, spot: Spot) => {
      if (spot.swap && work.visitId) {
        setSwapping({ one: work.visitId, other: spot.swap.visitId });
        return;
      }
      if (work.engineer === spot.engineer && work.start === spot.start) return;
      try {
        const judged = await judgeAt(work, spot.engineer, spot.start);
        if (judged?.verdict === 'fits') {
          await place(work, crewFor(work, spot.engineer), spot.start, { operationId: uuid() });
          return;
        }
      } catch (thrown) {
        const failure = asApiError(thrown);
        if (!failure.conflict || failure.status === 412) {
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
            judge: async (work, spot, signal) => (spot.swap && work.visitId ? worst(await judgeSwap(work.visitId, spot.swap.visitId, signal)) : judgeAt(work, spot.engineer, spot.start, undefined, signal)),
            drop: (work, spot) => void drop(work, spot),
          }
        : undefined,
    );
  }, [drag, drop, mayAssign]);

  const lookAt = useCallback((bar: Bar) => put({ visit: bar.visit?.id }), [put]);
  const lookOrder = useCallback((order: string) => put({ order }), [put]);
  const find = (id: string | undefined) => (id === undefined ? undefined : lanes.flatMap((lane) => lane.bars.filter((bar) => bar.visit?.id === id).map((bar) => ({ bar, lane })))[0]);
  const looked = find(state.visit);
  const pair = swapping && { one: find(swapping.one), other: find(swapping.other) };
  const unsent = useMemo(() => plannedOf(lanes).length, [lanes]);
  const waiting = state.order === undefined ? undefined : open.orders.find((order) => order.id === state.order);
  const dialog = placing ?? (waiting && mayAssign ? { work: workOfOrder(waiting), spot: undefined } : undefined);
  const about = (work: Work) => {
    const order = open.orders.find((one) => one.id === work.orders[0]) ?? lanes.flatMap((lane) => lane.bars).flatMap((bar) => bar.orders).find((one) => one.id === work.orders[0]);
    return `${work.number} ${words(order)}`;
  };
  const asList = phone || state.list;

  return (
    <div className={styles.page}>
      <BoardTools state={state} put={put} live={live} undoable={acts.undoable} waiting={open.waiting} unsent={unsent} onSend={may(me, 'orders.plan') ? () => setSending(true) : undefined} onPlan={may(me, 'dispatch.plan') ? () => setPlanning({}) : undefined} onAlerts={() => setAlerting(true)} />
      {error && !days ? <ErrorView error={error} retry={reload} /> : null}
      {error && days ? <ErrorView inline error={error} retry={reload} /> : null}
      {!error && !days && <SkeletonRows />}
      {days && (
        <div className={styles.body} data-map={state.map || undefined}>
          <OpenList orders={open.orders} more={open.more} state={state} put={put} drag={drag} />
          {lanes.length === 0 ? (
            <p className={styles.note}>{t('day.nobody')}</p>
          ) : asList ? (
            <ListView items={items} dates={dates} onOpen={lookAt} />
          ) : (
            <Timeline items={items} dates={dates} hours={hours} drag={drag} tints={tints} looked={state.visit} onOpen={lookAt} handle={timeline} />
          )}
          {state.map && <MapView lanes={lanes} open={open.orders} looked={state.visit} waiting={state.order} onOpen={lookAt} onOrder={lookOrder} />}
        </div>
      )}
      <Ghost drag={drag} lanes={lanes} />
      {mayAssign && <Tints drag={drag} lanes={lanes} day={dates.length === 1 ? state.day : undefined} tints={tints} />}
      {looked && (
        <VisitDrawer
          key={looked.bar.key}
          bar={looked.bar}
          lane={looked.lane}
          lanes={lanes}
          acts={acts}
          onSwap={(other) => setSwapping({ one: looked.bar.visit?.id ?? '', other })}
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
      {pair?.one && pair.other && (
        <SwapDialog
          key={`${swapping?.one}:${swapping?.other}`}
          one={pair.one}
          other={pair.other}
          onSwap={(because) => acts.swap(pair.one?.bar.visit?.id ?? '', pair.other?.bar.visit?.id ?? '', because, t('board.done.swapped', { one: pair.one?.bar.orders[0]?.number ?? '', other: pair.other?.bar.orders[0]?.number ?? '' }))}
          onClose={() => setSwapping(undefined)}
        />
      )}
      {sending && <SendAll lanes={lanes} acts={acts} onClose={() => setSending(false)} />}
      {alerting && (
        <AlertsDrawer
          day={state.day}
          lanes={lanes}
          onRepair={(repair) => {
            setAlerting(false);
            setPlanning({ repair });
          }}
          onClose={() => setAlerting(false)}
        />
      )}
      {planning && <PlanRest date={state.day} outlet={state.outlet} repair={planning.repair} orders={open.orders} waiting={open.waiting} lanes={lanes} onDone={() => void acts.fresh()} onClose={() => setPlanning(undefined)} />}
    </div>
  );
}
