import { useEffect, useMemo, useState } from 'react';

import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';

import { fit, pixel } from '../board/mapping';
import styles from './home.module.css';
import { cityOf, clusters, fullness, loadTogether, radiusOf, type OutletLoad } from './load';
import { useLoadText } from './useLoadText';

type Waiting = components['schemas']['ConsoleAreaWaiting'];

interface Props {
  outlets: readonly OutletLoad[];
  nobody: readonly Waiting[];
  /** The outlet that is looked at. */
  chosen: string;
  onChoose: (id: string) => void;
}

const height = 360;

/** Where capacity and work lie: outlets as large as their capacity, with how full they are; diamonds are work of nobody. No tiles: places alone. */
export function LoadMap({ outlets, nobody, chosen, onChoose }: Props) {
  const t = useDeskT();
  const text = useLoadText();
  const [frame, setFrame] = useState<SVGSVGElement | null>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!frame) return;
    const observer = new ResizeObserver(() => setWidth(frame.clientWidth));
    observer.observe(frame);
    return () => observer.disconnect();
  }, [frame]);
  const placed = useMemo(() => outlets.flatMap((row) => (row.point ? [{ row, lat: row.point.lat, lon: row.point.lon }] : [])), [outlets]);
  const waiting = useMemo(() => nobody.flatMap((row) => (row.point ? [{ row, lat: row.point.lat, lon: row.point.lon }] : [])), [nobody]);
  // A city whose outlets cover each other is opened by itself.
  const [inside, setInside] = useState<ReadonlySet<string>>(new Set());
  const near = placed.filter(({ row }) => inside.has(row.id));
  const view = fit(near.length > 0 ? near : [...placed, ...waiting], width, height, 48);
  const most = (unit: string) => Math.max(0, ...outlets.filter((row) => row.unit === unit).map((row) => row.available));
  const largest = { minutes: most('minutes'), orders: most('orders') };
  if (placed.length + waiting.length === 0) return <p className={styles.empty}>{t('load.map.none')}</p>;
  // The large ones first, so that a small one beside them stays on top.
  const drawn = [...placed].sort((one, other) => other.row.available - one.row.available);
  const groups = view && width > 0 ? clusters(drawn, (at) => pixel(view, width, height, at)) : [];
  return (
    <svg ref={setFrame} className={styles.map} height={height} role="group" aria-label={t('load.map')}>
      {view &&
        waiting.map(({ row, ...at }) => {
          const { x, y } = pixel(view, width, height, at);
          const size = 6 + Math.min(8, row.orders);
          return (
            <path key={row.division ?? ''} className={styles.nobody} d={`M${x} ${y - size}l${size} ${size}l${-size} ${size}l${-size} ${-size}z`}>
              <title>{`${row.area ?? ''} ${t('load.nobody', { count: row.orders })}`}</title>
            </path>
          );
        })}
      {view &&
        groups.map((group) => {
          const rows = group.map(({ row }) => row);
          const [first] = rows;
          if (!first) return undefined;
          const spots = group.map((at) => pixel(view, width, height, at));
          const x = spots.reduce((sum, spot) => sum + spot.x, 0) / spots.length;
          const y = spots.reduce((sum, spot) => sum + spot.y, 0) / spots.length;
          const load = loadTogether(rows);
          const single = rows.length === 1;
          const name = single ? first.name : cityOf(rows.map((row) => row.area)) || t('load.together', { count: rows.length });
          const radius = single ? radiusOf(first.available, largest[first.unit]) : 20;
          const open = () => (single ? onChoose(first.id) : setInside(new Set(rows.map((row) => row.id))));
          return (
            <g
              key={first.id}
              role="button"
              tabIndex={0}
              aria-pressed={rows.some((row) => row.id === chosen)}
              data-full={fullness(load)}
              className={styles.mark}
              onClick={open}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                open();
              }}
            >
              <title>{`${single ? '' : `${name} ${text.percent(load)}\n`}${rows.map((row) => `${row.name} ${text.of(row)}`).join('\n')}`}</title>
              <circle cx={x} cy={y} r={radius} />
              {!single && (
                <text x={x} y={y + 4} data-count>
                  {rows.length}
                </text>
              )}
              <text x={x} y={y + radius + 13}>
                {name} {text.percent(load)}
              </text>
            </g>
          );
        })}
      {inside.size > 0 && (
        <g role="button" tabIndex={0} className={styles.back} onClick={() => setInside(new Set())} onKeyDown={(event) => event.key === 'Enter' && setInside(new Set())}>
          <text x={12} y={22}>
            ← {t('load.all')}
          </text>
        </g>
      )}
    </svg>
  );
}
