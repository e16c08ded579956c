import { Button } from 'antd';

import { answer, api } from '@/api/client';
import type { FieldProblem } from '@/api/problem';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';

import { Choose, ChooseMany, NumberField, TextField } from '../parts/Inputs';
import { readAll, useRead } from '../parts/server';
import styles from './board.module.css';

export type RushRow = components['schemas']['DispatchRushHours'];

const days = ['working', 'free', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof days)[number];
const isDay = (one: string): one is Day => (days as readonly string[]).includes(one);

/** Midnight at the end of a day: a clock shows it as its beginning. */
const endOfDay = '24:00';
const midnight = '00:00';

interface Props {
  rows: RushRow[];
  /** Why the server refused, by field. */
  faults: readonly FieldProblem[];
  onChange: (rows: RushRow[]) => void;
}

/** When ways take longer: rows of days, hours and per cent. */
export function RushHours({ rows, faults, onChange }: Props) {
  const t = useDeskT();
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))));
  const set = (i: number, change: Partial<RushRow>) => onChange(rows.map((one, k) => (k === i ? { ...one, ...change } : one)));
  const fault = (i: number, field: string) => faults.find((one) => one.path === `rush_hours.${i}.${field}` || one.path.startsWith(`rush_hours.${i}.${field}.`))?.words;
  const dayName = (day: Day) => t(day === 'working' || day === 'free' ? `policy.rush.${day}` : `schedule.${day}`);
  return (
    <section aria-label={t('policy.rush')} className={styles.rushes}>
      <h3>{t('policy.rush')}</h3>
      <p className={styles.soft}>{t('policy.rush.about')}</p>
      {rows.map((row, i) => (
        <fieldset key={i} className={styles.rush}>
          <legend>{t('policy.rush.row', { number: i + 1 })}</legend>
          <div className={styles.rushWide}>
            <ChooseMany
              label={t('policy.rush.days')}
              value={row.days}
              options={days.map((day) => ({ value: day, label: dayName(day) }))}
              onChange={(list) => set(i, { days: list.filter(isDay) })}
            />
          </div>
          <TextField label={t('policy.rush.from')} type="time" value={row.from} error={fault(i, 'from')} onChange={(from) => set(i, { from })} />
          <TextField
            label={t('policy.rush.to')}
            type="time"
            value={row.to === endOfDay ? midnight : row.to}
            error={fault(i, 'to')}
            onChange={(to) => set(i, { to: to === midnight ? endOfDay : to })}
          />
          <NumberField label={t('policy.rush.percent')} min={50} max={400} value={row.percent} onChange={(n) => set(i, { percent: n ?? 100 })} />
          <Choose
            label={t('policy.rush.outlet')}
            none={t('policy.rush.everywhere')}
            value={row.outlet_id}
            options={(outlets.data ?? []).map((one) => ({ value: one.id, label: one.name }))}
            onChange={(id) => set(i, { outlet_id: id ?? '' })}
          />
          {(['days', 'percent', 'outlet_id'] as const).map((field) => {
            const words = fault(i, field);
            return words ? (
              <p key={field} role="alert" className={styles.rushWide}>
                {words}
              </p>
            ) : null;
          })}
          <div className={styles.rushWide}>
            <Button onClick={() => onChange(rows.filter((_, k) => k !== i))}>{t('policy.rush.remove')}</Button>
          </div>
        </fieldset>
      ))}
      <Button disabled={rows.length >= 60} onClick={() => onChange([...rows, next(rows)])}>
        {t('policy.rush.add')}
      </Button>
    </section>
  );
}

/** A new row: the morning, then the evening of working days. */
function next(rows: readonly RushRow[]): RushRow {
  const morning = rows.length === 0;
  return { days: ['working'], from: morning ? '07:30' : '17:00', to: morning ? '09:00' : '19:00', percent: 150 };
}
