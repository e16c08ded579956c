import { useQueryClient } from '@tanstack/react-query';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { Pill } from '@/kit/StatePill';
import type { Tone } from '@/theme/tokens';
import { ActBar } from '@/ui/ActBar';
import { Block, DetailPage } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { useListState } from '@/ui/list/useListState';
import { ZonedTime, ZonedTimeField } from '@/ui/ZonedTime';

import { Choose, ChooseMany, NumberField, TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { sendAct, toPage, useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import type { Staff } from '../parts/types';
import { useOutlets } from './choices';
import { CreateForm, Do, EditForm, ifMatch } from './Simple';
import { StaffPhoto } from './StaffPhoto';
import { WeekField, weekOf, weekText } from './WeekField';

const jobs = ['engineer', 'dispatcher', 'manager', 'storekeeper', 'office'] as const;
const states = ['active', 'suspended', 'left'] as const;
const tones: Partial<Record<string, Tone>> = { active: 'good', suspended: 'warn', left: 'neutral' };

function StaffState({ state }: { state: string }) {
  const say = useSay();
  return <Pill tone={tones[state] ?? 'neutral'} label={say(`workforce.state.${state}`)} />;
}

/** People of the outlets, with skills, certificates, shifts and absences. */
export function StaffPage() {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const skills = useCatalog()?.skills ?? [];
  const outlets = useOutlets();
  const [state, change] = useListState(['job', 'state', 'outlet', 'skill']);
  const { filters: f, q } = state;
  const list = useCursorList<Staff>(['staff', 'list', q, f], async (cursor, signal) => {
    const query = { cursor, q: q || undefined, job: jobs.find((one) => one === f['job']?.[0]), state: states.find((one) => one === f['state']?.[0]), outlet: f['outlet']?.[0], skill: f['skill']?.[0] };
    return toPage(await answer(api.GET('/staff', { params: { query }, signal })));
  });
  const outletName = (row: Staff) => outlets.find((one) => one.id === row.outlet_id)?.name;
  const skillNames = (row: Staff) => (row.skills ?? []).map((one) => nameOf(skills.find((skill) => skill.code === one.code), one.code)).join(' · ');
  return (
    <ListPage
      id="staff"
      title={t('nav.staff')}
      list={list}
      rowKey={(row) => row.id}
      columns={[
        { key: 'name', title: t('customer.name'), width: 120, grow: 1, cell: (row) => row.name },
        { key: 'number', title: t('staff.number'), width: 100, cell: (row) => row.number },
        { key: 'job', title: t('admin.job'), width: 110, cell: (row) => say(`workforce.job.${row.job}`) },
        { key: 'outlet', title: t('order.outlet'), width: 170, grow: 1, cell: outletName },
        { key: 'phone', title: t('customer.phone'), width: 130, cell: (row) => row.phone },
        { key: 'skills', title: t('admin.skills'), width: 220, grow: 2, cell: skillNames },
        { key: 'state', title: t('case.state'), width: 100, cell: (row) => <StaffState state={row.state} /> },
      ]}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>{row.name}</b>
            <StaffState state={row.state} />
          </span>
          <span>
            {say(`workforce.job.${row.job}`)} · {outletName(row)}
          </span>
        </>
      )}
      filters={[
        { key: 'job', label: t('admin.job'), kind: 'one', options: jobs.map((value) => ({ value, label: say(`workforce.job.${value}`) })) },
        { key: 'state', label: t('case.state'), kind: 'one', options: states.map((value) => ({ value, label: say(`workforce.state.${value}`) })) },
        { key: 'outlet', label: t('order.outlet'), kind: 'one', options: outlets.map((one) => ({ value: one.id, label: one.name })) },
        { key: 'skill', label: t('admin.skills'), kind: 'one', options: skills.map((one) => ({ value: one.code, label: nameOf(one) })) },
      ]}
      state={state}
      onChange={change}
      detail={(id) => <StaffDetail key={id} id={id} />}
      head={
        <CreateForm
          label={t('admin.newStaff')}
          stale="staff"
          empty={{ name: '', number: '', job: 'engineer', outlet_id: '', phone: '', skills: [] as string[] }}
          ready={(value) => value.name.trim() !== '' && value.outlet_id !== ''}
          send={async ({ job, phone, number, skills: chosen, ...rest }) => {
            await answer(api.POST('/staff', { body: { ...rest, job: jobs.find((one) => one === job) ?? 'engineer', ...(number ? { number } : {}), ...(phone ? { phone } : {}), skills: chosen.map((code) => ({ code, level: 3 })) } }));
            return undefined;
          }}
          fields={(value, put) => (
            <>
              <TextField label={t('customer.name')} value={value.name} onChange={(name) => put({ name })} />
              <TextField label={t('staff.number')} value={value.number} onChange={(number) => put({ number })} />
              <Choose label={t('admin.job')} value={value.job} options={jobs.map((one) => ({ value: one, label: say(`workforce.job.${one}`) }))} onChange={(next) => put({ job: next ?? 'engineer' })} />
              <Choose label={t('order.outlet')} value={value.outlet_id} options={outlets.map((one) => ({ value: one.id, label: one.name }))} onChange={(next) => put({ outlet_id: next ?? '' })} />
              <TextField label={t('customer.phone')} value={value.phone} onChange={(phone) => put({ phone })} />
              <ChooseMany label={t('admin.skills')} value={value.skills} options={skills.map((one) => ({ value: one.code, label: nameOf(one) }))} onChange={(chosen) => put({ skills: chosen })} />
            </>
          )}
        />
      }
    />
  );
}

function StaffDetail({ id }: { id: string }) {
  const t = useDeskT();
  const say = useSay();
  const queries = useQueryClient();
  const outlets = useOutlets();
  const read = useRead(['staff', 'one', id], () => answer(api.GET('/staff/{id}', { params: { path: { id } } })));
  if (read.error) return <ErrorView error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return <SkeletonRows />;
  const one = read.data;
  const acts = [...(one.next_acts ?? []), ...(one.state === 'left' ? [] : ['move'])];
  return (
    <DetailPage
      number={one.number ?? ''}
      title={one.name}
      badges={<StaffState state={one.state} />}
      acts={
        <ActBar
          acts={[...new Set(acts)].map((key) => ({
            key,
            label: say(`workforce.act.${key}`),
            danger: key === 'leave',
            ...(key === 'move'
              ? { fields: (extra: Record<string, unknown>, set: (extra: Record<string, unknown>) => void) => <Choose label={t('order.outlet')} value={extra['outlet_id']} options={outlets.map((row) => ({ value: row.id, label: row.name }))} onChange={(outlet_id) => set({ ...extra, outlet_id })} /> }
              : { note: 'optional' as const }),
          }))}
          onAct={async (act, input) => {
            await sendAct(`/staff/${id}/${act.key}`, input);
            await queries.invalidateQueries({ queryKey: ['staff'] });
          }}
        />
      }
    >
      {one.job === 'engineer' && <StaffPhoto id={id} name={one.name} />}
      <Block title={t('staff.person')}>
        <PersonForm one={one} />
      </Block>
      <Certificates one={one} />
      <Shifts one={one} />
      <Absences one={one} zone={outlets.find((row) => row.id === one.outlet_id)?.zone} />
    </DetailPage>
  );
}

function PersonForm({ one }: { one: Staff }) {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const skills = catalog?.skills ?? [];
  const levels = new Map((one.skills ?? []).map((skill) => [skill.code, skill.level]));
  return (
    <EditForm
      initial={{ name: one.name, number: one.number ?? '', job: one.job, max_visits: one.max_visits, phone: '', tools: one.tools ?? [], skills: [...levels.keys()], levels: Object.fromEntries(levels) }}
      ready={(value) => value.name.trim() !== ''}
      stale={['staff']}
      send={({ phone, job, skills: chosen, levels: by, ...rest }) =>
        answer(api.PATCH('/staff/{id}', { params: { path: { id: one.id }, header: ifMatch(one.version) }, body: { ...rest, job: jobs.find((known) => known === job) ?? 'engineer', ...(phone ? { phone } : {}), skills: chosen.map((code) => ({ code, level: by[code] ?? 3 })) } }))
      }
      fields={(value, put) => (
        <>
          <TextField label={t('customer.name')} value={value.name} onChange={(name) => put({ name })} />
          <TextField label={t('staff.number')} value={value.number} onChange={(number) => put({ number })} />
          <Choose label={t('admin.job')} value={value.job} options={jobs.map((key) => ({ value: key, label: say(`workforce.job.${key}`) }))} onChange={(next) => put({ job: next ?? 'engineer' })} />
          <NumberField label={t('staff.maxVisits')} max={50} value={value.max_visits} onChange={(max) => put({ max_visits: max ?? 0 })} />
          <TextField label={t('staff.newPhone', { phone: one.phone ?? t('word.none') })} value={value.phone} onChange={(phone) => put({ phone })} />
          <ChooseMany label={t('admin.skills')} value={value.skills} options={skills.map((skill) => ({ value: skill.code, label: nameOf(skill) }))} onChange={(next) => put({ skills: next })} />
          {value.skills.map((code) => (
            <NumberField key={code} label={t('staff.level', { skill: nameOf(skills.find((skill) => skill.code === code), code) })} min={1} max={5} value={value.levels[code] ?? 3} onChange={(level) => put({ levels: { ...value.levels, [code]: level ?? 3 } })} />
          ))}
          <ChooseMany label={t('staff.tools')} value={value.tools} options={(catalog?.tools ?? []).map((tool) => ({ value: tool.code, label: nameOf(tool) }))} onChange={(tools) => put({ tools })} />
        </>
      )}
    />
  );
}

function Certificates({ one }: { one: Staff }) {
  const t = useDeskT();
  const nameOf = useNameOf();
  const skills = (useCatalog()?.skills ?? []).filter((skill) => skill.certificate);
  const path = { id: one.id };
  const header = ifMatch(one.version);
  return (
    <Block title={t('staff.certificates')}>
      <ul className={styles.lines}>
        {(one.certificates ?? []).map((row) => (
          <li key={row.id}>
            <b>{nameOf(skills.find((skill) => skill.code === row.code), row.code)}</b>
            <Pill tone={row.valid ? 'good' : 'bad'} label={t(row.valid ? 'staff.valid' : 'staff.invalid')} />
            <span>{row.number}</span>
            <span className={styles.soft}>
              {row.issued_on} – {row.valid_to ?? t('staff.noEnd')} {row.recheck_by && t('staff.recheckBy', { day: row.recheck_by })}
            </span>
            <Do label={t('staff.rechecked')} stale={['staff']} act={() => answer(api.POST('/staff/{id}/certificates/{certificate}/recheck', { params: { path: { ...path, certificate: row.id }, header }, body: {} }))} />
            <Do danger label={t('staff.remove')} stale={['staff']} act={() => answer(api.DELETE('/staff/{id}/certificates/{certificate}', { params: { path: { ...path, certificate: row.id }, header } }))} />
          </li>
        ))}
      </ul>
      <CreateForm
        label={t('staff.newCertificate')}
        stale="staff"
        empty={{ code: '', number: '', issued_on: '', valid_to: '' }}
        ready={(value) => value.code !== '' && value.number.trim() !== '' && value.issued_on !== ''}
        send={async ({ valid_to, ...rest }) => {
          await answer(api.POST('/staff/{id}/certificates', { params: { path, header }, body: { ...rest, ...(valid_to ? { valid_to } : {}) } }));
          return undefined;
        }}
        fields={(value, put) => (
          <>
            <Choose label={t('staff.certificate')} value={value.code} options={skills.map((skill) => ({ value: skill.code, label: nameOf(skill) }))} onChange={(code) => put({ code: code ?? '' })} />
            <TextField label={t('case.number')} value={value.number} onChange={(number) => put({ number })} />
            <TextField type="date" label={t('staff.issued')} value={value.issued_on} onChange={(issued_on) => put({ issued_on })} />
            <TextField type="date" label={t('staff.validTo')} value={value.valid_to} onChange={(valid_to) => put({ valid_to })} />
          </>
        )}
      />
    </Block>
  );
}

function Shifts({ one }: { one: Staff }) {
  const t = useDeskT();
  const read = useRead(['staff', 'week', one.id], () => answer(api.GET('/staff/{id}/shift-template', { params: { path: { id: one.id } } })));
  return (
    <Block title={t('staff.shifts')}>
      {!read.data?.week && read.data && <p className={styles.soft}>{t('staff.outletHours')}</p>}
      {read.data && (
        <EditForm
          narrow
          initial={{ week: weekText(read.data.week) }}
          stale={['staff']}
          send={({ week }) => {
            const windows = weekOf(week);
            return answer(api.PUT('/staff/{id}/shift-template', { params: { path: { id: one.id }, header: ifMatch(one.version) }, body: Object.keys(windows).length > 0 ? { week: windows } : {} }));
          }}
          fields={(value, put) => <WeekField label={t('staff.week')} value={value.week} onChange={(week) => put({ week })} />}
        />
      )}
    </Block>
  );
}

const absenceKinds = ['leave', 'sick', 'training', 'meeting', 'vehicle', 'other'] as const;

function Absences({ one, zone }: { one: Staff; zone: string | undefined }) {
  const t = useDeskT();
  const say = useSay();
  const path = { id: one.id };
  const rows = useRead(['staff', 'absences', one.id], async () => (await answer(api.GET('/staff/{id}/absences', { params: { path } }))).items ?? []).data ?? [];
  if (!zone) return null;
  return (
    <Block title={t('staff.absences')}>
      {rows.length === 0 && <p className={styles.soft}>{t('staff.noAbsences')}</p>}
      <ul className={styles.lines}>
        {rows.map((row) => (
          <li key={row.id}>
            <b>{say(`workforce.absence.${row.kind}`)}</b>
            <span>
              <ZonedTime at={row.start} zone={zone} /> – <ZonedTime at={row.end} zone={zone} />
            </span>
            {row.cancelled ? <Pill tone="neutral" label={t('staff.cancelled')} /> : <Do label={t('word.cancel')} stale={['staff']} act={() => answer(api.POST('/staff/{id}/absences/{absence}/cancel', { params: { path: { ...path, absence: row.id } }, body: {} }))} />}
          </li>
        ))}
      </ul>
      <CreateForm
        label={t('staff.newAbsence')}
        stale="staff"
        empty={{ kind: 'leave', start: '', end: '' }}
        ready={(value) => value.start !== '' && value.end > value.start}
        send={async ({ kind, start, end }) => {
          await answer(api.POST('/staff/{id}/absences', { params: { path }, body: { kind: absenceKinds.find((known) => known === kind) ?? 'other', start, end } }));
          return undefined;
        }}
        fields={(value, put) => (
          <>
            <Choose label={t('admin.kind')} value={value.kind} options={absenceKinds.map((kind) => ({ value: kind, label: say(`workforce.absence.${kind}`) }))} onChange={(kind) => put({ kind: kind ?? 'leave' })} />
            <ZonedTimeField label={t('order.from')} zone={zone} value={value.start} onChange={(start) => put({ start })} />
            <ZonedTimeField label={t('order.to')} zone={zone} value={value.end} onChange={(end) => put({ end })} />
          </>
        )}
      />
    </Block>
  );
}
