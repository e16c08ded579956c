import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';

import { Choose, TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useRead } from '../parts/server';
import { CreateForm, EditForm, ifMatch, SimpleTable } from './Simple';
import { useCalendars } from './calendars';
import { WeekField, weekOf, weekText, type WeekText } from './WeekField';

interface Spec {
  zone?: string;
  all_day?: boolean;
  country?: string;
  weekly?: Record<string, string[]>;
}

interface CalendarFields {
  id: string;
  name: string;
  zone: string;
  country: string;
  all_day: boolean;
  week: WeekText;
}

/** Working calendars of deadlines, and the public holidays they follow. */
export function CalendarsPage() {
  const t = useDeskT();
  const rows = useCalendars();
  const years = useRead(['holidays'], async () => (await answer(api.GET('/holidays', { params: { query: { country: 'CN' } } }))).items ?? []);
  const form = (value: CalendarFields, put: (change: Partial<CalendarFields>) => void) => (
    <>
      <TextField label={t('admin.name')} value={value.name} onChange={(name) => put({ name })} />
      <Choose codes label={t('outlet.zone')} value={value.zone} options={[...new Set([value.zone, ...Intl.supportedValuesOf('timeZone')])].map((one) => ({ value: one, label: one }))} onChange={(zone) => put({ zone: zone ?? value.zone })} />
      <Choose label={t('calendar.holidays')} none={t('calendar.noHolidays')} value={value.country} options={[{ value: 'CN', label: t('calendar.cn') }]} onChange={(country) => put({ country: country ?? '' })} />
      <Choose label={t('calendar.kind')} value={value.all_day ? 'all' : 'week'} options={[{ value: 'week', label: t('calendar.week') }, { value: 'all', label: t('calendar.allDay') }]} onChange={(kind) => put({ all_day: kind === 'all' })} />
      {!value.all_day && <WeekField label={t('outlet.week')} value={value.week} onChange={(week) => put({ week })} />}
    </>
  );
  const specOf = (value: CalendarFields, old: object = {}) => {
    const rest = Object.fromEntries(Object.entries(old).filter(([key]) => !['country', 'weekly', 'all_day'].includes(key)));
    return { ...rest, schema: 1, id: value.id, name: value.name, zone: value.zone, ...(value.country && !value.all_day ? { country: value.country } : {}), ...(value.all_day ? { all_day: true } : { weekly: weekOf(value.week) }) };
  };
  const fieldsOfCalendar = (row: { id: string; name?: string; spec: unknown }): CalendarFields => {
    const spec = (row.spec ?? {}) as Spec;
    return { id: row.id, name: row.name ?? '', zone: spec.zone ?? 'Asia/Shanghai', country: spec.country ?? '', all_day: spec.all_day ?? false, week: weekText(spec.weekly) };
  };
  return (
    <>
      <SimpleTable
        title={t('nav.calendars')}
        rows={rows}
        rowKey={(row) => row.id}
        name={(row) => row.name ?? row.id}
        columns={[
          { title: t('admin.name'), cell: (row) => row.name ?? row.id },
          { title: t('outlet.zone'), cell: (row) => <code>{(row.spec as Spec).zone}</code> },
          { title: t('calendar.hours'), long: true, cell: (row) => <WeekWords spec={row.spec as Spec} /> },
          { title: t('template.version'), cell: (row) => row.version },
          { title: t('calendar.published'), cell: (row) => <RelativeTime at={row.published_at} /> },
        ]}
        detail={(row, close) => (
          <>
            <p className={styles.soft}>{t('calendar.publishWhat')}</p>
            <EditForm
              key={row.id}
              narrow
              label={t('calendar.publish')}
              initial={fieldsOfCalendar(row)}
              stale={['clock-calendars']}
              onDone={close}
              send={(value) => answer(api.PUT('/clock-calendars/{id}', { params: { path: { id: row.id }, header: ifMatch(row.version) }, body: { spec: specOf(value, row.spec as object) } }))}
              fields={form}
            />
          </>
        )}
      >
        <CreateForm
          label={t('calendar.new')}
          stale="clock-calendars"
          empty={{ id: '', name: '', zone: 'Asia/Shanghai', country: '', all_day: false, week: weekText(undefined) }}
          ready={(value) => /^[a-z0-9][a-z0-9-]*$/.test(value.id) && value.name.trim() !== ''}
          send={async (value) => {
            await answer(api.POST('/clock-calendars', { body: { spec: specOf(value) } }));
            return undefined;
          }}
          fields={(value, put) => (
            <>
              <TextField label={t('admin.codeLower')} value={value.id} onChange={(id) => put({ id })} />
              {form(value, put)}
            </>
          )}
        />
      </SimpleTable>
      <SimpleTable
        title={t('calendar.holidays')}
        rows={years}
        rowKey={(row) => `${row.year}`}
        name={(row) => `${t('calendar.holidays')} ${row.year}`}
        columns={[
          { title: t('calendar.year'), cell: (row) => row.year },
          { title: t('calendar.off'), cell: (row) => daysOf(row.days, 'OFF').length },
          { title: t('calendar.work'), cell: (row) => daysOf(row.days, 'WORK').length },
          { title: t('calendar.source'), long: true, cell: (row) => <span data-own-words>{row.source}</span> },
        ]}
        detail={(row) => (
          <ul className={styles.lines}>
            {daysOf(row.days).map((day) => (
              <li key={day.date}>
                {day.date} <b data-own-words>{day.name}</b> {t(day.kind === 'WORK' ? 'calendar.workDay' : 'calendar.offDay')}
              </li>
            ))}
          </ul>
        )}
      />
    </>
  );
}

interface Day {
  date: string;
  kind: string;
  name?: string;
}

function daysOf(days: unknown, kind?: string): Day[] {
  const list = Array.isArray(days) ? (days as Day[]) : [];
  return kind ? list.filter((one) => one.kind === kind) : list;
}

/** The hours of a week in one line, days alike together. */
function WeekWords({ spec }: { spec: Spec }) {
  const t = useDeskT();
  if (spec.all_day) return <>{t('calendar.allDay')}</>;
  const text = weekText(spec.weekly);
  const groups = new Map<string, string[]>();
  for (const [day, windows] of Object.entries(text)) if (windows) groups.set(windows, [...(groups.get(windows) ?? []), t(`schedule.${day as 'mon'}`)]);
  return <>{[...groups].map(([windows, days]) => `${days.join(' ')} ${windows}`).join(' · ')}</>;
}
