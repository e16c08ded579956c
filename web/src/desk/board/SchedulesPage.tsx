import { useQueryClient } from '@tanstack/react-query';
import { Button, Drawer } from 'antd';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { RelativeTime } from '@/kit/RelativeTime';

import { CreateForm, SimpleTable } from '../admin/Simple';
import { Choose, ChooseMany, NumberField, TextField, YesNo } from '../parts/Inputs';
import { readAll, useRead, useSay } from '../parts/server';
import styles from './board.module.css';

type Schedule = components['schemas']['DispatchScheduleBody'];
type Weekday = NonNullable<Schedule['weekdays']>[number];
const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Outlets that are planned by themselves, and how their runs went. */
export function SchedulesPage() {
  const t = useDeskT();
  const queries = useQueryClient();
  const [runsOf, setRunsOf] = useState<Schedule>();
  const rows = useRead(['schedules'], () => readAll((cursor) => answer(api.GET('/dispatch/schedules', { params: { query: { limit: 200, cursor } } }))));
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))));
  const options = (outlets.data ?? []).map((one) => ({ value: one.id, label: one.name }));
  const put = async (row: Schedule, change: Partial<Schedule>) => {
    const { name, at, ahead, days, publish, active } = { ...row, ...change };
    await answer(api.PUT('/dispatch/schedules/{id}', { params: { path: { id: row.id }, header: { 'If-Match': `"${row.version}"` } }, body: { name, at, ahead, days, publish, active, weekdays: row.weekdays } }));
    await queries.invalidateQueries({ queryKey: ['schedules'] });
  };
  const remove = async (row: Schedule) => {
    await answer(api.DELETE('/dispatch/schedules/{id}', { params: { path: { id: row.id } } }));
    await queries.invalidateQueries({ queryKey: ['schedules'] });
  };
  return (
    <>
      <SimpleTable
        title={t('nav.schedules')}
        rows={rows}
        rowKey={(row) => row.id}
        columns={[
          { title: t('admin.name'), cell: (row) => row.name },
          { title: t('order.outlet'), cell: (row) => options.find((one) => one.value === row.outlet_id)?.label },
          { title: t('schedule.when'), long: true, cell: (row) => `${(row.weekdays ?? []).map((one) => t(`schedule.${one}`)).join(' ')} ${row.at}` },
          { title: t('schedule.plans'), cell: (row) => t('schedule.span', { ahead: row.ahead, days: row.days }) },
          { title: t('schedule.then'), cell: (row) => t(row.publish ? 'schedule.publish' : 'schedule.draft') },
          { title: t('schedule.next'), cell: (row) => (row.active && row.next_at ? <RelativeTime at={row.next_at} /> : t('schedule.resting')) },
          {
            title: t('schedule.acts'),
            cell: (row) => (
              <span className={styles.foot}>
                <Button size="small" onClick={() => setRunsOf(row)}>
                  {t('schedule.runs')}
                </Button>
                <Button size="small" onClick={() => void put(row, { active: !row.active })}>
                  {t(row.active ? 'schedule.rest' : 'schedule.resume')}
                </Button>
                <Button size="small" onClick={() => void remove(row)}>
                  {t('schedule.end')}
                </Button>
              </span>
            ),
          },
        ]}
      >
        <CreateForm
          label={t('schedule.new')}
          stale="schedules"
          empty={{ name: '', outlet_id: '', at: '18:00', weekdays: weekdays.slice(0, 6), ahead: 1, days: 1, publish: false }}
          ready={(value) => value.name.trim() !== '' && value.outlet_id !== '' && value.weekdays.length > 0 && /^\d\d:\d\d$/.test(value.at)}
          send={async (value) => {
            await answer(api.POST('/dispatch/schedules', { body: { ...value, active: true } }));
            return undefined;
          }}
          fields={(value, change) => (
            <>
              <TextField label={t('admin.name')} value={value.name} onChange={(name) => change({ name })} />
              <Choose label={t('order.outlet')} value={value.outlet_id} options={options} onChange={(outlet_id) => change({ outlet_id: outlet_id ?? '' })} />
              <TextField label={t('schedule.at')} type="time" value={value.at} onChange={(at) => change({ at })} />
              <ChooseMany label={t('schedule.weekdays')} value={value.weekdays} options={weekdays.map((one) => ({ value: one, label: t(`schedule.${one}`) }))} onChange={(list) => change({ weekdays: weekdays.filter((one) => list.includes(one)) })} />
              <NumberField label={t('schedule.ahead')} min={0} max={14} value={value.ahead} onChange={(ahead) => change({ ahead: ahead ?? 1 })} />
              <NumberField label={t('schedule.days')} min={1} max={7} value={value.days} onChange={(days) => change({ days: days ?? 1 })} />
              <YesNo label={t('schedule.publishNow')} value={value.publish} onChange={(publish) => change({ publish })} />
            </>
          )}
        />
      </SimpleTable>
      {runsOf && <Runs schedule={runsOf} onClose={() => setRunsOf(undefined)} />}
    </>
  );
}

/** How the runs of a schedule went, the newest first. */
function Runs({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const t = useDeskT();
  const say = useSay();
  const runs = useRead(['schedules', schedule.id, 'runs'], async () => (await answer(api.GET('/dispatch/schedules/{id}/runs', { params: { path: { id: schedule.id }, query: { limit: 50 } } }))).items ?? []);
  return (
    <Drawer open onClose={onClose} size={400} title={schedule.name}>
      {runs.error && <ErrorView error={runs.error} retry={() => void runs.refetch()} />}
      {runs.data?.length === 0 && <p className={styles.note}>{t('schedule.noRuns')}</p>}
      <ul className={styles.plain}>
        {(runs.data ?? []).map((run) => (
          <li key={`${run.date}:${run.due_at}`}>
            {run.date} <b>{t(`schedule.run.${run.state}`)}</b>{' '}
            <small className={styles.soft}>
              <RelativeTime at={run.due_at} />
            </small>
            {run.error && <div>{say(`problem.${run.error}`, run.error)}</div>}
          </li>
        ))}
      </ul>
    </Drawer>
  );
}
