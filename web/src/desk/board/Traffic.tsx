import { Button } from 'antd';
import { useId, useState } from 'react';

import { useDeskT } from '@/i18n/desk';

import { Choose, NumberField } from '../parts/Inputs';
import { instantAt, localAt } from '../parts/window';
import styles from './board.module.css';
import { marksOf } from './mapping';
import type { Repair } from './PlanRest';
import type { Lane } from './types';

const hour = 3_600_000;

interface Told {
  at: string | undefined;
  km: number | undefined;
  percent: number | undefined;
  from: number;
  to: number;
}

/** Ways that take longer around a place for a while: what the jam makes late is repaired. */
export function Traffic({ day, lanes, onRepair }: { day: string; lanes: readonly Lane[]; onRepair: (repair: Repair) => void }) {
  const t = useDeskT();
  const ids = { from: useId(), to: useId() };
  const [open, setOpen] = useState(false);
  const [told, setTold] = useState<Told>(() => {
    const from = Math.max(Date.now(), Date.parse(instantAt(`${day}T08:00`)));
    return { at: undefined, km: 3, percent: 50, from, to: from + 3 * hour };
  });
  if (!open) return <Button onClick={() => setOpen(true)}>{t('board.traffic')}</Button>;
  const { marks } = marksOf(lanes, []);
  const places = marks.map((mark) => ({ value: mark.key, label: mark.kind === 'home' ? `${mark.lane?.outletName ?? ''} · ${mark.lane?.name ?? ''}` : `${mark.bar?.orders[0]?.number ?? ''} · ${mark.lane?.name ?? ''}` }));
  const centre = marks.find((mark) => mark.key === told.at);
  const whole = centre !== undefined && told.km !== undefined && told.percent !== undefined && told.to > told.from;
  const time = (label: string, id: string, value: number, set: (at: number) => void) => (
    <label htmlFor={id} className={styles.row}>
      {label}
      <input id={id} type="datetime-local" step={900} className={styles.time} value={localAt(value)} onChange={(event) => event.target.value && set(Date.parse(instantAt(event.target.value)))} />
    </label>
  );
  return (
    <div className={styles.dialog}>
      <b>{t('board.traffic')}</b>
      <Choose codes label={t('board.traffic.at')} value={told.at} options={places} onChange={(at) => setTold({ ...told, at })} />
      <NumberField label={t('board.traffic.km')} min={1} max={100} value={told.km} onChange={(km) => setTold({ ...told, km })} />
      <NumberField label={t('board.traffic.percent')} min={10} max={400} value={told.percent} onChange={(percent) => setTold({ ...told, percent })} />
      {time(t('board.traffic.from'), ids.from, told.from, (from) => setTold({ ...told, from }))}
      {time(t('board.traffic.to'), ids.to, told.to, (to) => setTold({ ...told, to }))}
      <div className={styles.foot}>
        <Button
          type="primary"
          disabled={!whole}
          onClick={() =>
            centre &&
            onRepair({
              words: t('board.traffic.words', { percent: told.percent ?? 0 }),
              event: {
                traffic: [{ from: new Date(told.from).toISOString(), to: new Date(told.to).toISOString(), centre: { lat: centre.lat, lon: centre.lon }, radius_m: (told.km ?? 1) * 1000, percent: told.percent ?? 0 }],
              },
            })
          }
        >
          {t('board.repair')}
        </Button>
        <Button onClick={() => setOpen(false)}>{t('word.close')}</Button>
      </div>
    </div>
  );
}
