import { Car, CircleCheck, Lock, PackageOpen, PackageX, Utensils } from 'lucide-react';
import { memo, type PointerEvent, type ReactNode } from 'react';

import type { DeskKey } from '@/i18n/desk';
import type { Translate } from '@/i18n/setup';
import { formatDuration, formatTime, type Lang } from '@/lib/format';
import { defaultZone } from '@/lib/instant';

import { instantOf, placeOf, xOf, type Axis } from './axis';
import styles from './board.module.css';
import type { Drag } from './drag';
import type { useFetched } from './fetched';
import { workOfBar } from './lanes';
import { useTint, type TintStore } from './Tints';
import type { Bar, DayOrder, Lane } from './types';
import { VerdictMark } from './verdict';

export const barHeight = 44;
export const gap = 4;

/** Height of a lane in px. */
export function laneHeight(lane: Lane): number {
  return lane.lines * (barHeight + gap) + gap;
}

/** What a line needs to speak: looked up once for all of them. */
export interface LaneWords {
  t: Translate<DeskKey>;
  lang: Lang;
  order: (order: DayOrder | undefined) => string;
  state: (state: string) => string;
  /** What a stop at a store is for. */
  fetched: ReturnType<typeof useFetched>;
}

interface Props {
  lane: Lane;
  axis: Axis;
  words: LaneWords;
  /** How what is being dragged would be taken on this day. */
  tints: TintStore;
  press: Drag['press'];
  onOpen: (bar: Bar) => void;
  /** The visit that is looked at. */
  looked: string | undefined;
}

/** One engineer's line of the board. */
export const LaneRow = memo(function LaneRow({ lane, axis, words, tints, press, onOpen, looked }: Props) {
  const { t, lang } = words;
  const visits = lane.bars.filter((bar) => bar.kind === 'visit').length;
  return (
    <>
      <div className={styles.name} role="rowheader">
        <b title={lane.name}>{lane.name}</b>
        <Tinted tints={tints} engineer={lane.id}>
          <small>{visits === 0 ? t(lane.shifts.length === 0 ? 'board.noShift' : 'board.idle') : `${t('board.visits', { count: visits })} · ${formatDuration(lane.minutes * 60_000, lang)}`}</small>
        </Tinted>
      </div>
      <Track tints={tints} engineer={lane.id}>
        {lane.shifts.map((one) => (
          <Area key={one.from} axis={axis} span={one} className={styles.shift} />
        ))}
        {lane.away.map((one) => (
          <Area key={one.from} axis={axis} span={one} className={styles.away} label={t('board.away')} />
        ))}
        {lane.lunch.map((one) => {
          const place = placeOf(axis, one);
          return (
            place && (
              <span key={one.from} className={styles.lunch} style={{ left: place.left, width: place.width }} title={`${t('board.lunch')} ${formatTime(one.from, defaultZone)}–${formatTime(one.to, defaultZone)}`}>
                <Utensils size={12} aria-label={t('board.lunch')} role="img" />
              </span>
            )
          );
        })}
        {lane.bars.map((bar) => (
          <BarView key={bar.key} bar={bar} engineer={lane.id} words={words} axis={axis} press={press} onOpen={onOpen} looked={bar.visit?.id !== undefined && bar.visit.id === looked} />
        ))}
      </Track>
    </>
  );
});

interface TintProps {
  tints: TintStore;
  engineer: string;
  children: ReactNode;
}

/** The verdict on an engineer while something is dragged, else what stands there. */
function Tinted({ tints, engineer, children }: TintProps) {
  const tint = useTint(tints, engineer);
  return tint ? <VerdictMark verdict={tint.verdict} /> : children;
}

/** An engineer's hours in the colour of the verdict; the work on them is not drawn again for it. */
function Track({ tints, engineer, children }: TintProps) {
  return (
    <div className={styles.track} role="gridcell" data-tint={useTint(tints, engineer)?.verdict}>
      {children}
    </div>
  );
}

function Area({ axis, span, className, label }: { axis: Axis; span: { from: number; to: number }; className: string | undefined; label?: string }) {
  const place = placeOf(axis, span);
  return place ? (
    <span className={className} style={{ left: place.left, width: place.width }}>
      {label}
    </span>
  ) : null;
}

interface BarProps {
  bar: Bar;
  engineer: string;
  words: LaneWords;
  axis: Axis;
  press: Drag['press'];
  onOpen: (bar: Bar) => void;
  looked: boolean;
}

/** One piece of work; what is dragged elsewhere does not draw it again. */
const BarView = memo(function BarView({ bar, engineer, words, axis, press, onOpen, looked }: BarProps) {
  const { t } = words;
  const label = words.order(bar.orders[0]);
  const state = bar.visit ? words.state(bar.visit.state) : '';
  const place = placeOf(axis, bar) ?? (bar.stop ? { left: xOf(axis, bar.from), width: 0 } : undefined);
  if (!place) return null;
  const meant = bar.planned && placeOf(axis, bar.planned);
  const top = gap + bar.line * (barHeight + gap);
  const times = `${formatTime(bar.from, defaultZone)}–${formatTime(bar.to, defaultZone)}`;
  const way = bar.leaves < bar.from ? placeOf(axis, { from: bar.leaves, to: bar.from }) : undefined;
  const minutes = Math.round((bar.from - bar.leaves) / 60_000);
  const first = bar.orders[0];
  const State = bar.visit?.state === 'finished' ? CircleCheck : Lock;
  if (bar.stop) {
    const fetched = t(bar.to > bar.from ? 'board.fetch' : 'board.fetch.start', { parts: words.fetched(bar.stop), outlet: bar.stop.outlet_name });
    return (
      <>
        {way && <span className={styles.way} style={{ left: way.left, width: way.width, top }} title={t('board.way', { minutes })} />}
        <span className={styles.fetch} style={{ left: place.left, width: Math.max(place.width, 18), top }} title={`${times} ${fetched}`} role="img" aria-label={`${times} ${fetched}`}>
          <PackageOpen size={14} aria-hidden />
        </span>
      </>
    );
  }
  if (bar.kind === 'claim' || bar.foreign) {
    const kept = bar.kind === 'claim' ? t('board.claim') : t('board.foreign');
    return (
      <span className={styles.block} style={{ left: place.left, width: place.width, top }} title={`${times} ${kept}`}>
        {kept}
      </span>
    );
  }
  const promised = first?.promised;
  const late = promised !== undefined && bar.from > Date.parse(promised.to);
  const short = bar.visit?.parts_short === true;
  const more = [`–${formatTime(bar.to, defaultZone)}`, state, short ? t('board.partsShort') : '', bar.planned ? t('board.wasPlanned', { from: formatTime(bar.planned.from, defaultZone), to: formatTime(bar.planned.to, defaultZone) }) : '', first?.number ?? '', promised ? t('board.promisedUntil', { time: formatTime(promised.to, defaultZone) }) : ''].filter(Boolean).join(' ');
  const down = (event: PointerEvent<HTMLButtonElement>) => {
    const work = bar.locked ? undefined : workOfBar(bar, engineer);
    if (!work) return;
    const box = event.currentTarget.getBoundingClientRect();
    press(event.nativeEvent, work, Math.max(0, instantOf(axis, place.left + event.clientX - box.left) - bar.from));
  };
  return (
    <>
      {way && (
        <span className={styles.way} style={{ left: way.left, width: way.width, top }} title={t('board.way', { minutes })}>
          {way.width > 22 && <Car size={12} aria-hidden />}
        </span>
      )}
      {meant && <span className={styles.meant} style={{ left: meant.left, width: meant.width, top: top + barHeight - 4 }} data-late={(bar.planned?.from ?? 0) < bar.from || undefined} />}
      <button
        type="button"
        className={styles.bar}
        style={{ left: place.left, width: place.width, top }}
        data-state={bar.visit?.state}
        data-locked={bar.locked || undefined}
        data-late={late || undefined}
        data-looked={looked || undefined}
        data-visit={bar.visit?.id}
        title={`${times} ${label} ${more.slice(more.indexOf(' ') + 1)}`}
        onPointerDown={down}
        onContextMenu={(event) => event.preventDefault()}
        onClick={() => onOpen(bar)}
      >
        <span>
          {place.width > 60 && bar.locked && <State size={12} aria-hidden />}
          {short && <PackageX size={12} className={styles.short} aria-hidden />}
          {place.width > 48 && promised && <i className={styles.promise} aria-hidden />}
          {formatTime(bar.from, defaultZone)} {place.width > 128 && first?.number.slice(-6)}
        </span>
        <small>
          {late && <b>{t('board.late')} </b>}
          {label}
        </small>
        <span className="visually-hidden">{more}</span>
      </button>
    </>
  );
});
