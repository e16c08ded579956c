import { Input } from 'antd';

import { useDeskT } from '@/i18n/desk';

import styles from '../parts/parts.module.css';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Windows by weekday as one types them: 09:00-12:00, 13:30-18:00; an empty day is closed. */
export type WeekText = Record<string, string>;

/** The windows of a week as text. */
export function weekText(week: Record<string, string[] | null> | undefined): WeekText {
  return Object.fromEntries(weekdays.map((day) => [day, (week?.[day] ?? []).join(', ')]));
}

/** The windows of typed text; closed days are left out. */
export function weekOf(text: WeekText): Record<string, string[]> {
  return Object.fromEntries(
    weekdays.flatMap((day) => {
      const windows = (text[day] ?? '').split(/[,，、;；\s]+/).filter(Boolean).map((one) => one.replace(/[–—~～]/g, '-').replaceAll('：', ':'));
      return windows.length > 0 ? [[day, windows] as const] : [];
    }),
  );
}

/** A week of opening hours or shifts, a line a day. */
export function WeekField({ label, value, onChange }: { label: string; value: WeekText; onChange: (value: WeekText) => void }) {
  const t = useDeskT();
  return (
    <fieldset className={styles.group}>
      <legend>
        {label} <small className={styles.soft}>{t('week.help')}</small>
      </legend>
      <div className={styles.week}>
        {weekdays.map((day) => (
          <label key={day} className={styles.weekDay}>
            <span>{t(`schedule.${day}`)}</span>
            <Input size="small" placeholder={t('week.closed')} value={value[day] ?? ''} onChange={(event) => onChange({ ...value, [day]: event.target.value })} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}
