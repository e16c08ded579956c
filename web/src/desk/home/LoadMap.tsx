import { useEffect, useMemo, useState } from 'react';

import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';

import { fit, pixel } from '../board/mapping';
import styles from './home.module.css';
import { fullness, loadOf, radiusOf, type OutletLoad } from './load';
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
  const view = fit([...placed, ...waiting], width, height, 40);
  const most = (unit: string) => Math.max(0, ...outlets.filter((row) => row.unit === unit).map((row) => row.available));
  const largest = { minutes: most('minutes'), orders: most('orders') };
  if (placed.length + waiting.length === 0) return <p className={styles.empty}>{t('load.map.none')}</p>;
  // The large ones first, so that a small one beside them stays on top.
  const drawn = [...placed].sort((a, b) => b.row.available - a.row.available);
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
        drawn.map(({ row, ...at }) => {
          const { x, y } = pixel(view, width, height, at);
          const load = loadOf(row);
          const radius = radiusOf(row.available, largest[row.unit]);
          return (
            <g
              key={row.id}
              role="button"
              tabIndex={0}
              aria-pressed={row.id === chosen}
              aria-label={`${row.name} ${text.percent(load)}`}
              data-full={fullness(load)}
              className={styles.mark}
              onClick={() => onChoose(row.id)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                onChoose(row.id);
              }}
            >
              <title>{`${row.name} ${text.of(row)}`}</title>
              <circle cx={x} cy={y} r={radius} />
              <text x={x} y={y + radius + 13}>
                {text.percent(load)}
              </text>
            </g>
          );
        })}
    </svg>
  );
}
