import { Button } from 'antd';
import { Maximize, Minus, Plus } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

import { useDeskT } from '@/i18n/desk';
import { formatTime } from '@/lib/format';
import { defaultZone } from '@/lib/instant';

import styles from './board.module.css';
import { useFetched } from './fetched';
import { fit, marksOf, nearest, pixel, shifted, zoomed, type Mark, type RouteLine, type View } from './mapping';
import type { Bar, DayOrder, Lane } from './types';
import { useOrderWords } from './verdict';

interface Props {
  lanes: readonly Lane[];
  open: readonly DayOrder[];
  /** The visit, or the order that waits, that is looked at. */
  looked: string | undefined;
  waiting: string | undefined;
  onOpen: (bar: Bar) => void;
  onOrder: (id: string) => void;
}

const colours = 12;

/** A picture of the board's days: routes in order, what waits, where days begin. No tiles: places and ways alone. */
export function MapView({ lanes, open, looked, waiting, onOpen, onOrder }: Props) {
  const t = useDeskT();
  const words = useOrderWords();
  const fetched = useFetched();
  const { routes, marks } = useMemo(() => marksOf(lanes, open), [lanes, open]);
  const [frame, setFrame] = useState<HTMLButtonElement | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [moved, setMoved] = useState<View>();
  const [at, setAt] = useState<string>();
  const [theme, setTheme] = useState(0);
  const grip = useRef<{ x: number; y: number; view: View; far: boolean } | undefined>(undefined);
  const whole = useMemo(() => fit(marks, size.width, size.height), [marks, size]);
  const view = moved ?? whole;

  useEffect(() => {
    if (!frame) return;
    const observer = new ResizeObserver(() => setSize({ width: frame.clientWidth, height: frame.clientHeight }));
    observer.observe(frame);
    const repaint = new MutationObserver(() => setTheme((before) => before + 1));
    repaint.observe(document.documentElement, { attributes: true });
    return () => {
      observer.disconnect();
      repaint.disconnect();
    };
  }, [frame]);

  const chosen = marks.find((mark) => (looked !== undefined && mark.bar?.visit?.id === looked) || (waiting !== undefined && mark.order?.id === waiting)) ?? marks.find((mark) => mark.key === at);

  useEffect(() => {
    const { current } = canvas;
    if (!current || !view || size.width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    current.width = Math.round(size.width * ratio);
    current.height = Math.round(size.height * ratio);
    const pen = current.getContext('2d');
    if (!pen) return;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(pen, getComputedStyle(current), routes, marks, view, size, chosen);
  }, [routes, marks, view, size, chosen, theme]);

  const zoom = useCallback((factor: number, x = size.width / 2, y = size.height / 2) => setMoved((before) => {
        const from = before ?? whole;
        return from && zoomed(from, size.width, size.height, x, y, factor);
      }), [size, whole]);
  useEffect(() => {
    if (!frame) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = frame.getBoundingClientRect();
      zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.clientX - box.left, event.clientY - box.top);
    };
    frame.addEventListener('wheel', onWheel, { passive: false });
    return () => frame.removeEventListener('wheel', onWheel);
  }, [frame, zoom]);

  const show = (mark: Mark | undefined) => {
    setAt(mark?.key);
    if (mark?.bar?.visit) onOpen(mark.bar);
    else if (mark?.order) onOrder(mark.order.id);
  };
  const down = (event: PointerEvent<HTMLButtonElement>) => {
    if (!view || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    grip.current = { x: event.clientX, y: event.clientY, view, far: false };
  };
  const move = (event: PointerEvent<HTMLButtonElement>) => {
    const { current } = grip;
    if (!current) return;
    const [dx, dy] = [event.clientX - current.x, event.clientY - current.y];
    current.far ||= Math.hypot(dx, dy) > 4;
    if (current.far) setMoved(shifted(current.view, dx, dy));
  };
  const up = (event: PointerEvent<HTMLButtonElement>) => {
    const { current } = grip;
    grip.current = undefined;
    if (!current || current.far || !view) return;
    const box = event.currentTarget.getBoundingClientRect();
    const found = nearest(marks, view, size.width, size.height, event.clientX - box.left, event.clientY - box.top);
    if (found) show(found);
  };
  // Arrows go along a route and from route to route, Enter opens: all that the pointer can.
  const stops = useMemo(() => marks.filter((mark) => mark.kind !== 'home'), [marks]);
  const key = (event: KeyboardEvent) => {
    const index = stops.findIndex((mark) => mark.key === (at ?? chosen?.key));
    const here = stops[index];
    const group = (mark: Mark | undefined) => mark?.lane?.id ?? mark?.kind;
    let next: Mark | undefined;
    if (event.key === 'ArrowRight') next = stops[(index + 1) % stops.length];
    else if (event.key === 'ArrowLeft') next = stops[(Math.max(0, index) - 1 + stops.length) % stops.length];
    else if (event.key === 'ArrowDown') next = stops.slice(index + 1).find((mark) => group(mark) !== group(here)) ?? stops[0];
    else if (event.key === 'ArrowUp') {
      const before = stops.slice(0, Math.max(0, index)).findLast((mark) => group(mark) !== group(here));
      next = before && stops.find((mark) => group(mark) === group(before));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      show(here);
      return;
    } else if (event.key === '+' || event.key === '=') zoom(1.3);
    else if (event.key === '-') zoom(1 / 1.3);
    else if (event.key === '0') setMoved(undefined);
    else return;
    event.preventDefault();
    if (next) setAt(next.key);
  };

  const said = stops.find((mark) => mark.key === at) ?? chosen;
  const tell = (mark: Mark) => {
    if (mark.order) return `${t('board.open')}: ${mark.order.number} ${words(mark.order)}`;
    const time = mark.bar ? formatTime(mark.bar.from, defaultZone) : '';
    const what = mark.bar?.stop ? t('board.fetch', { parts: fetched(mark.bar.stop), outlet: mark.bar.stop.outlet_name }) : `${mark.bar?.orders[0]?.number ?? ''} ${words(mark.bar?.orders[0])}`;
    return `${mark.lane?.name ?? ''} ${mark.number ?? ''}. ${time} ${what}`;
  };
  return (
    <section className={styles.map} aria-label={t('board.map')}>
      <button
        type="button"
        ref={setFrame}
        className={styles.picture}
        aria-label={t('board.map.help')}
        onKeyDown={key}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={() => {
          grip.current = undefined;
        }}
      >
        <canvas ref={canvas} aria-hidden />
        {marks.length === 0 && <span className={styles.note}>{t('board.map.none')}</span>}
      </button>
      <div className={styles.mapfoot}>
        <span role="status">{said ? tell(said) : t('board.map.sum', { engineers: routes.filter((route) => route.marks.length > 1).length, open: open.length })}</span>
        <Button size="small" aria-label={t('board.map.in')} icon={<Plus size={14} aria-hidden />} onClick={() => zoom(1.4)} />
        <Button size="small" aria-label={t('board.map.out')} icon={<Minus size={14} aria-hidden />} onClick={() => zoom(1 / 1.4)} />
        <Button size="small" aria-label={t('board.map.fit')} icon={<Maximize size={14} aria-hidden />} disabled={!moved} onClick={() => setMoved(undefined)} />
      </div>
    </section>
  );
}

/** Draws routes first, then places; those of the engineer who is looked at last, with their numbers. */
function paint(pen: CanvasRenderingContext2D, look: CSSStyleDeclaration, routes: readonly RouteLine[], marks: readonly Mark[], view: View, size: { width: number; height: number }, chosen: Mark | undefined) {
  const css = (name: string) => look.getPropertyValue(name).trim();
  const { width, height } = size;
  const spot = (mark: Mark) => pixel(view, width, height, mark);
  const dark = document.documentElement.dataset['theme'] === 'dark' || look.colorScheme === 'dark';
  const hue = (index: number) => `hsl(${(index * 360) / colours} 65% ${dark ? 68 : 38}%)`;
  pen.clearRect(0, 0, width, height);
  pen.lineJoin = 'round';
  const route = (line: RouteLine, index: number, bold: boolean) => {
    pen.strokeStyle = hue(index % colours);
    pen.globalAlpha = bold ? 1 : chosen?.lane ? 0.15 : 0.55;
    pen.lineWidth = bold ? 3 : 1.25;
    pen.beginPath();
    line.marks.forEach((mark, step) => {
      const { x, y } = spot(mark);
      if (step === 0) pen.moveTo(x, y);
      else pen.lineTo(x, y);
    });
    pen.stroke();
    for (const mark of line.marks) {
      const { x, y } = spot(mark);
      pen.fillStyle = mark.bar?.visit?.state === 'finished' ? css('--good') : hue(index % colours);
      pen.beginPath();
      if (mark.kind === 'home') pen.rect(x - 4, y - 4, 8, 8);
      else if (mark.kind === 'fetch') pen.rect(x - 5, y - 3, 10, 6);
      else pen.arc(x, y, bold ? 9 : 3.5, 0, 7);
      pen.fill();
      if (bold && mark.number !== undefined && mark.kind === 'visit') {
        pen.fillStyle = css('--surface') || '#fff';
        pen.font = '600 10px system-ui, sans-serif';
        pen.textAlign = 'center';
        pen.textBaseline = 'middle';
        pen.fillText(String(mark.number), x, y + 0.5);
      }
    }
  };
  routes.forEach((line, index) => line.lane !== chosen?.lane && route(line, index, false));
  pen.globalAlpha = 1;
  pen.strokeStyle = css('--warn') || '#b45309';
  pen.fillStyle = css('--surface') || '#fff';
  pen.lineWidth = 2;
  for (const mark of marks) {
    if (mark.kind !== 'open') continue;
    const { x, y } = spot(mark);
    pen.beginPath();
    pen.moveTo(x, y - 5);
    pen.lineTo(x + 5, y);
    pen.lineTo(x, y + 5);
    pen.lineTo(x - 5, y);
    pen.closePath();
    pen.fill();
    pen.stroke();
  }
  routes.forEach((line, index) => line.lane === chosen?.lane && route(line, index, true));
  if (!chosen) return;
  const { x, y } = spot(chosen);
  pen.globalAlpha = 1;
  pen.strokeStyle = css('--accent') || '#1d4ed8';
  pen.lineWidth = 3;
  pen.beginPath();
  pen.arc(x, y, 13, 0, 7);
  pen.stroke();
}
