import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from 'react';

import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { useStateWord } from '@/kit/StatePill';
import { formatDate, formatTime } from '@/lib/format';
import { defaultZone } from '@/lib/instant';
import { useNow } from '@/lib/now';
import { useStore } from '@/lib/store';

import { axisOf, dayWidth, grid, instantOf, openAt, placeOf, xOf, type Axis } from './axis';
import styles from './board.module.css';
import type { Drag, DragBoard } from './drag';
import { useFetched } from './fetched';
import { barHeight, gap, laneHeight, LaneRow, type LaneWords } from './Lane';
import type { TintStore } from './Tints';
import type { Bar, Item, Lane } from './types';
import { useOrderWords } from './verdict';

const nameWidth = 152;
const headHeight = 44;
const outletHeight = 30;
const leastHour = { 1: 58, 3: 34, 7: 22 } as const;

export type TimelineHandle = Pick<DragBoard, 'locate' | 'nudge'>;

interface Props {
  items: readonly Item[];
  dates: readonly string[];
  hours: { first: number; last: number };
  drag: Drag;
  tints: TintStore;
  looked: string | undefined;
  onOpen: (bar: Bar) => void;
  handle: Ref<TimelineHandle>;
}

/** The bar of a lane at a point within it, in px. */
function barAt(lane: Lane, axis: Axis, x: number, y: number): Bar | undefined {
  const line = Math.floor((y - gap) / (barHeight + gap));
  return lane.bars.find((bar) => {
    const place = bar.kind === 'visit' && bar.line === line ? placeOf(axis, bar) : undefined;
    return place !== undefined && x >= place.left && x <= place.left + place.width;
  });
}

function heightOf(item: Item | undefined): number {
  if (!item) return 0;
  return item.kind === 'outlet' ? outletHeight : laneHeight(item.lane);
}

/** Engineers below each other, hours side by side; only the lines in sight are drawn. */
export const Timeline = memo(function Timeline({ items, dates, hours, drag, tints, looked, onOpen, handle }: Props) {
  const t = useDeskT();
  const words = useLaneWords();
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!scroller) return;
    const observer = new ResizeObserver(() => setWidth(scroller.clientWidth));
    observer.observe(scroller);
    setWidth(scroller.clientWidth);
    return () => observer.disconnect();
  }, [scroller]);
  const least = dates.length > 3 ? leastHour[7] : dates.length > 1 ? leastHour[3] : leastHour[1];
  // The same axis as long as nothing of it changes: lines in sight are not drawn again while scrolling.
  const axis = useMemo(() => axisOf(dates, hours, width - nameWidth, least), [dates, hours, width, least]);
  const whole = dates.length * dayWidth(axis);
  // A day of today opens where now is, when that lies out of sight; afterwards it stays where the person moved it.
  const opened = useRef('');
  const from = dates.join();
  useEffect(() => {
    if (!scroller || width === 0 || items.length === 0 || opened.current === from) return;
    opened.current = from;
    scroller.scrollLeft = openAt(axis, Date.now(), width - nameWidth);
  }, [scroller, width, items, axis, from]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller,
    estimateSize: (index) => heightOf(items[index]),
    getItemKey: (index) => items[index]?.key ?? index,
    scrollMargin: 0,
    overscan: 6,
    // New lines come in the time between two frames, not in the middle of one.
    useFlushSync: false,
  });
  useEffect(() => virtual.measure(), [virtual, items]);

  useImperativeHandle(
    handle,
    () => ({
      locate(x, y, work, grab) {
        if (!scroller) return undefined;
        const box = scroller.getBoundingClientRect();
        const inX = x - box.left - nameWidth;
        const inY = y - box.top - headHeight;
        if (inX < 0 || inY < 0 || x > box.right || y > box.bottom) return undefined;
        const found = virtual.getVirtualItemForOffset(inY + scroller.scrollTop);
        const item = found && items[found.index];
        if (!found || item?.kind !== 'lane') return undefined;
        const start = Math.round((instantOf(axis, inX + scroller.scrollLeft) - grab) / grid) * grid;
        const over = work.visitId === undefined ? undefined : barAt(item.lane, axis, inX + scroller.scrollLeft, inY + scroller.scrollTop - found.start);
        if (over?.visit?.id && over.visit.id !== work.visitId && !over.locked && !over.foreign && work.engineer !== item.lane.id && !(over.visit.crew ?? []).includes(work.engineer ?? '')) {
          const box = placeOf(axis, over) ?? { left: 0, width: 8 };
          const swap = { visitId: over.visit.id, number: over.orders[0]?.number ?? '' };
          return { spot: { engineer: item.lane.id, start: over.from, swap }, shadow: { ...box, top: found.start + gap + over.line * (barHeight + gap), height: barHeight } };
        }
        const place = placeOf(axis, { from: start, to: start + work.minutes * 60_000 }) ?? { left: xOf(axis, start), width: 8 };
        return { spot: { engineer: item.lane.id, start }, shadow: { left: place.left, width: Math.max(place.width, 8), top: found.start + gap, height: barHeight } };
      },
      nudge(x, y) {
        if (!scroller) return false;
        const box = scroller.getBoundingClientRect();
        if (x < box.left || x > box.right || y < box.top || y > box.bottom) return false;
        const edge = 36;
        const speed = (room: number) => (room < edge ? Math.ceil((edge - room) / 3) : 0);
        const down = speed(box.bottom - y) - speed(y - box.top - headHeight);
        const right = speed(box.right - x) - speed(x - box.left - nameWidth);
        const { scrollTop, scrollLeft } = scroller;
        scroller.scrollBy(right, down);
        return scroller.scrollTop !== scrollTop || scroller.scrollLeft !== scrollLeft;
      },
    }),
    [scroller, virtual, items, axis],
  );

  return (
    <div ref={setScroller} className={styles.scroller} data-wide={nameWidth + whole > width || undefined} role="grid" aria-label={t('board.title')} aria-rowcount={items.length + 1} tabIndex={0}>
      <div className={styles.content} style={{ width: nameWidth + whole }} role="rowgroup">
        <Head axis={axis} />
        <div className={styles.rows} style={{ height: virtual.getTotalSize(), '--hour': `${axis.hourWidth}px` } as React.CSSProperties}>
          {virtual.getVirtualItems().map(({ index, start, size }) => {
            const item = items[index];
            if (!item) return null;
            return (
              <div key={item.key} className={item.kind === 'outlet' ? styles.outlet : styles.lane} role="row" aria-rowindex={index + 2} style={{ top: start, height: size }} data-engineer={item.kind === 'lane' ? item.lane.id : undefined}>
                {item.kind === 'outlet' ? (
                  <b role="rowheader">
                    {item.name} <small>{t('board.outletCount', { engineers: item.engineers, visits: item.visits })}</small>
                  </b>
                ) : (
                  <LaneRow lane={item.lane} axis={axis} words={words} tints={tints} press={drag.press} onOpen={onOpen} looked={looked} />
                )}
              </div>
            );
          })}
          <div className={styles.overlay} style={{ left: nameWidth, width: whole }} aria-hidden>
            <NowLine axis={axis} />
            <DropMarks axis={axis} drag={drag} />
          </div>
        </div>
      </div>
    </div>
  );
});

/** Words of the lines, the same as long as the language and the catalogue are. */
function useLaneWords(): LaneWords {
  const t = useDeskT();
  const lang = useLang();
  const order = useOrderWords();
  const fetched = useFetched();
  const stateWord = useStateWord();
  return useMemo(
    () => ({ t, lang, order, fetched, state: (state: string) => stateWord('visit', state) }),
    [t, lang, order, fetched, stateWord],
  );
}

const Head = memo(function Head({ axis }: { axis: Axis }) {
  const t = useDeskT();
  const lang = useLang();
  const step = axis.hourWidth < 30 ? 3 : axis.hourWidth < 48 ? 2 : 1;
  const hours = Array.from({ length: axis.last - axis.first }, (_, index) => axis.first + index).filter((hour) => (hour - axis.first) % step === 0);
  return (
    <div className={styles.head} style={{ height: headHeight }} role="row" aria-rowindex={1}>
      <div className={styles.name} role="columnheader">
        <b>{t('order.engineer')}</b>
      </div>
      {axis.days.map(({ date, begin }) => (
        <div key={date} className={styles.day} style={{ width: dayWidth(axis) }} role="columnheader">
          <b>{formatDate(begin, defaultZone, lang)}</b>
          <div>
            {hours.map((hour) => (
              <span key={hour} style={{ left: (hour - axis.first) * axis.hourWidth }}>
                {step === 1 ? `${hour}:00` : hour}
              </span>
            ))}
          </div>
        </div>
      ))}
    </div>
  );
});

function NowLine({ axis }: { axis: Axis }) {
  const now = useNow();
  const day = axis.days.find(({ begin }) => now >= begin + axis.first * 3_600_000 && now < begin + axis.last * 3_600_000);
  return day ? <span className={styles.now} style={{ left: xOf(axis, now) }} /> : null;
}

/** Where what is being dragged would stand, and the window that its customer was promised. */
function DropMarks({ axis, drag }: { axis: Axis; drag: Drag }) {
  const state = useStore(drag.state);
  if (!state) return null;
  const promised = state.work.promised && placeOf(axis, state.work.promised);
  return (
    <>
      {promised && <span className={styles.promised} style={promised} />}
      {state.shadow && state.spot && (
        <span className={styles.shadow} data-verdict={state.judged?.verdict ?? 'asking'} style={state.shadow}>
          {state.spot.swap ? `⇄ ${state.spot.swap.number.slice(-6)}` : formatTime(state.spot.start, defaultZone)}
        </span>
      )}
    </>
  );
}
