import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Checkbox, Select } from 'antd';

import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { useDeskT, type DeskKey } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { formatDuration } from '@/lib/format';
import { dayAt, defaultZone } from '@/lib/instant';
import { useNow } from '@/lib/now';

import { CreateForm, SimpleTable } from '../admin/Simple';
import { Choose, NumberField, TextField } from '../parts/Inputs';
import parts from '../parts/parts.module.css';
import { readAll, useCatalog, useNameOf, useRead } from '../parts/server';
import { instantAt } from '../parts/window';
import { addDays } from './axis';
import styles from './board.module.css';

type Scenario = components['schemas']['DispatchScenarioBody'];
type Outcome = components['schemas']['DispatchOutcome'];
type Assumptions = components['schemas']['DispatchAssumptions'];

/** One line of the comparison. */
const measures: { key: keyof Outcome & ('demand' | 'served' | 'unserved' | 'promised_served' | 'travel_s' | 'work_s' | 'overtime_s' | 'busy'); time?: boolean; words: DeskKey }[] = [
  { key: 'demand', words: 'whatif.demand' },
  { key: 'served', words: 'whatif.served' },
  { key: 'unserved', words: 'whatif.unserved' },
  { key: 'promised_served', words: 'whatif.promised' },
  { key: 'travel_s', time: true, words: 'whatif.travel' },
  { key: 'work_s', time: true, words: 'whatif.work' },
  { key: 'overtime_s', time: true, words: 'whatif.overtime' },
  { key: 'busy', words: 'whatif.busy' },
];

/** Names of the rules that stand in the way. */
const rules = ['rule.dispatch.area', 'rule.dispatch.brand', 'rule.dispatch.skill', 'rule.dispatch.certificate', 'rule.dispatch.parts', 'rule.dispatch.stock', 'rule.dispatch.stock_closed', 'rule.dispatch.tool', 'rule.dispatch.tool_closed', 'rule.dispatch.range', 'rule.dispatch.crew', 'rule.dispatch.absent', 'rule.dispatch.shift', 'rule.dispatch.load', 'rule.dispatch.full', 'rule.dispatch.window', 'rule.dispatch.break', 'rule.dispatch.unreachable'] as const;

const nothing = { name: '', date: '', days: 1, outlet_id: '', demand: 0, overtime: 0, people: 0, at: '', skill: '', closed: '', away: [] as string[], from: '', to: '', learners: [] as string[], learns: [] as string[], level: 3 };

/** From the first day's beginning to the last day's end, unless days are said: whole days in the desk's zone. */
function awayTime({ date, days, from, to }: typeof nothing): { from: string; to: string } {
  const first = from === '' ? date : from;
  const last = to === '' ? addDays(date, Math.max(1, days) - 1) : to;
  return { from: new Date(instantAt(`${first}T00:00`)).toISOString(), to: new Date(instantAt(`${addDays(last < first ? first : last, 1)}T00:00`)).toISOString() };
}

/** The form's values as the API takes assumptions. */
function assumptionsOf(value: typeof nothing): Assumptions {
  return {
    ...(value.demand === 0 ? {} : { demand_percent: value.demand }),
    ...(value.overtime === 0 ? {} : { shifts: [{ overtime_minutes: value.overtime, ...(value.at === '' ? {} : { outlet_id: value.at }) }] }),
    ...(value.people === 0 || value.at === '' ? {} : { people: [{ outlet_id: value.at, count: value.people, skills: value.skill === '' ? [] : [{ code: value.skill, level: 3 }] }] }),
    ...(value.closed === '' ? {} : { closed: [value.closed] }),
    ...(value.away.length === 0 ? {} : { away: value.away.map((engineer_id) => ({ engineer_id, ...awayTime(value) })) }),
    ...(value.learners.length === 0 || value.learns.length === 0 ? {} : { skills: value.learners.map((engineer_id) => ({ engineer_id, skills: value.learns.map((code) => ({ code, level: value.level })) })) }),
  };
}

/** What would be if: the same days planned twice, as they are and with other assumptions. Nothing reaches the board. */
export function WhatIfPage() {
  const t = useDeskT();
  const now = useNow();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const search: Record<string, string | undefined> = useSearch({ strict: false });
  const chosen = (search['ids'] ?? '').split(',').filter(Boolean);
  const say = useAssumptionWords();
  const rows = useQuery({
    queryKey: ['scenarios'],
    queryFn: () => readAll((cursor) => answer(api.GET('/dispatch/scenarios', { params: { query: { limit: 100, cursor } } }))),
    refetchInterval: (query) => (query.state.data?.some((one) => one.state === 'running') ? 1_000 : false),
  });
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))));
  const nameOf = useNameOf();
  const skills = (useCatalog()?.skills ?? []).map((one) => ({ value: one.code, label: nameOf(one) }));
  const options = (outlets.data ?? []).map((one) => ({ value: one.id, label: one.name }));
  const staff = useRead(['staff', 'engineers', 'every'], () => readAll((cursor) => answer(api.GET('/staff', { params: { query: { job: 'engineer', limit: 200, cursor } } }))));
  const people = (staff.data ?? []).map((one) => ({ value: one.id, label: `${one.name} ${options.find((outlet) => outlet.value === one.outlet_id)?.label ?? ''}`.trim() }));
  const choose = (id: string, on: boolean) => {
    const ids = on ? [...chosen, id] : chosen.filter((one) => one !== id);
    void navigate({ to: '.', search: (ids.length > 0 ? { ids: ids.join(',') } : {}) as never, replace: true });
  };
  const remove = async (row: Scenario) => {
    await answer(api.DELETE('/dispatch/scenarios/{id}', { params: { path: { id: row.id } } }));
    choose(row.id, false);
    await queries.invalidateQueries({ queryKey: ['scenarios'] });
  };
  return (
    <>
      <SimpleTable
        title={t('nav.whatif')}
        rows={rows}
        rowKey={(row) => row.id}
        columns={[
          { title: t('whatif.compare'), cell: (row) => <Checkbox aria-label={t('whatif.compareOne', { name: row.name })} disabled={row.state !== 'done'} checked={chosen.includes(row.id)} onChange={(event) => choose(row.id, event.target.checked)} /> },
          { title: t('admin.name'), cell: (row) => row.name },
          { title: t('whatif.days'), cell: (row) => (row.days > 1 ? `${row.date}–${addDays(row.date, row.days - 1)}` : row.date) },
          { title: t('whatif.if'), long: true, cell: (row) => say(row.assumptions, options).join(t('word.comma')) },
          { title: t('whatif.result'), cell: (row) => (row.result ? t('whatif.gain', { base: row.result.base.unserved, changed: row.result.changed.unserved }) : t(`whatif.${row.state}`)) },
          {
            title: t('schedule.acts'),
            cell: (row) => (
              <Button size="small" onClick={() => void remove(row)}>
                {t('whatif.delete')}
              </Button>
            ),
          },
        ]}
      >
        <p className={parts.soft}>{t('whatif.about')}</p>
        <CreateForm
          label={t('whatif.new')}
          stale="scenarios"
          empty={{ ...nothing, date: addDays(dayAt(now, defaultZone), 1) }}
          ready={(value) => value.name.trim() !== '' && value.date !== '' && Object.keys(assumptionsOf(value)).length > 0}
          send={async (value) => {
            await answer(api.POST('/dispatch/scenarios', { body: { name: value.name.trim(), date: value.date, days: value.days, ...(value.outlet_id === '' ? {} : { outlet_id: value.outlet_id }), assumptions: assumptionsOf(value) } }));
            return undefined;
          }}
          fields={(value, put) => (
            <>
              <TextField label={t('admin.name')} value={value.name} onChange={(name) => put({ name })} />
              <TextField label={t('whatif.date')} type="date" value={value.date} onChange={(date) => put({ date })} />
              <NumberField label={t('whatif.span')} min={1} max={7} value={value.days} onChange={(days) => put({ days: days ?? 1 })} />
              <Choose label={t('whatif.of')} none={t('day.allOutlets')} value={value.outlet_id} options={options} onChange={(outlet_id) => put({ outlet_id: outlet_id ?? '' })} />
              <NumberField label={t('whatif.demandPercent')} min={-100} max={300} value={value.demand} onChange={(demand) => put({ demand: demand ?? 0 })} />
              <NumberField label={t('whatif.overtimeMinutes')} min={-600} max={600} value={value.overtime} onChange={(overtime) => put({ overtime: overtime ?? 0 })} />
              <NumberField label={t('whatif.people')} min={0} max={200} value={value.people} onChange={(people) => put({ people: people ?? 0 })} />
              <Choose label={t('whatif.at')} none={value.people > 0 ? t('word.required') : t('day.allOutlets')} value={value.at} options={options} onChange={(at) => put({ at: at ?? '' })} />
              {value.people > 0 && <Choose label={t('whatif.skill')} value={value.skill} options={skills} onChange={(skill) => put({ skill: skill ?? '' })} />}
              <Choose label={t('whatif.closed')} value={value.closed} options={options} onChange={(closed) => put({ closed: closed ?? '' })} />
              <Several label={t('whatif.away')} value={value.away} options={people} onChange={(away) => put({ away })} />
              {value.away.length > 0 && <TextField label={t('whatif.awayFrom')} type="date" value={value.from === '' ? value.date : value.from} onChange={(from) => put({ from })} />}
              {value.away.length > 0 && <TextField label={t('whatif.awayTo')} type="date" value={value.to === '' ? addDays(value.date, Math.max(1, value.days) - 1) : value.to} onChange={(to) => put({ to })} />}
              <Several label={t('whatif.learners')} value={value.learners} options={people} onChange={(learners) => put({ learners })} />
              {value.learners.length > 0 && <Several label={t('whatif.learns')} value={value.learns} options={skills} onChange={(learns) => put({ learns })} />}
              {value.learners.length > 0 && <NumberField label={t('whatif.level')} min={1} max={5} value={value.level} onChange={(level) => put({ level: level ?? 3 })} />}
            </>
          )}
        />
        {chosen.length > 0 && <Compared ids={chosen} />}
      </SimpleTable>
    </>
  );
}

/** A choice of several, found by typing. */
function Several({ label, value, options, onChange }: { label: string; value: readonly string[]; options: readonly { value: string; label: string }[]; onChange: (value: string[]) => void }) {
  return (
    <label className={styles.several}>
      {label}
      <Select mode="multiple" allowClear aria-label={label} maxTagCount="responsive" showSearch={{ optionFilterProp: 'label' }} value={[...value]} options={[...options]} onChange={(chosen: string[]) => onChange(chosen)} />
    </label>
  );
}

/** Words for assumptions, one a piece. */
function useAssumptionWords(): (given: Assumptions, outlets: readonly { value: string; label: string }[]) => string[] {
  const t = useDeskT();
  return (given, outlets) => {
    const outlet = (id: string | undefined) => outlets.find((one) => one.value === id)?.label ?? t('day.allOutlets');
    return [
      ...(given.demand_percent ? [t('whatif.say.demand', { percent: `${given.demand_percent > 0 ? '+' : ''}${given.demand_percent}%` })] : []),
      ...(given.shifts ?? []).map((one) => (one.overtime_minutes ? t('whatif.say.overtime', { outlet: outlet(one.outlet_id), minutes: one.overtime_minutes }) : t('whatif.say.shift', { outlet: outlet(one.outlet_id), from: one.from ?? '', to: one.to ?? '' }))),
      ...(given.people ?? []).map((one) => t('whatif.say.people', { outlet: outlet(one.outlet_id), count: one.count })),
      ...(given.closed ?? []).map((id) => t('whatif.say.closed', { outlet: outlet(id) })),
      ...((given.away ?? []).length > 0 ? [t('whatif.say.away', { count: (given.away ?? []).length })] : []),
      ...((given.skills ?? []).length > 0 ? [t('whatif.say.skills', { count: (given.skills ?? []).length })] : []),
    ];
  };
}

/** Scenarios side by side: the days as they are, with the assumptions, and what they gain. */
function Compared({ ids }: { ids: readonly string[] }) {
  const t = useDeskT();
  const lang = useLang();
  const found = useRead(['scenarios', 'compared', ids.join()], () => answer(api.GET('/dispatch/scenario_comparison', { params: { query: { ids: ids.join() } } })));
  if (found.error) return <ErrorView inline error={found.error} retry={() => void found.refetch()} />;
  const items = found.data?.items ?? [];
  const first = items[0];
  if (!found.data || !first) return null;
  const show = (value: number, time = false, sign = false) => `${sign && value > 0 ? '+' : value < 0 ? '−' : ''}${time ? formatDuration(value * 1000, lang) : Math.abs(value)}`;
  return (
    <section aria-label={t('whatif.compare')} className={styles.dialog}>
      {!found.data.same_days && <p role="status">{t('whatif.otherDays')}</p>}
      <div className={parts.table}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('whatif.measure')}</th>
              {found.data.same_base && <th scope="col">{t('whatif.base')}</th>}
              {items.map((one) => (
                <th key={one.id} scope="col">
                  {one.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {measures.map(({ key, time, words }) => (
              <tr key={key}>
                <th scope="row">{t(words)}</th>
                {found.data.same_base && <td data-title={t('whatif.base')}>{show(first.base[key], time)}</td>}
                {items.map((one) => (
                  <td key={one.id} data-title={one.name}>
                    {show(one.changed[key], time)} {one.gain[key] !== 0 && <small className={parts.soft}>({show(one.gain[key], time, true)})</small>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={styles.sums}>
        {items.map((one) => (
          <section key={one.id}>
            <h3>{t('whatif.why', { name: one.name })}</h3>
            <ul>
              {(one.changed.unserved_reasons ?? []).slice(0, 5).map((reason) => (
                <li key={reason.code}>
                  {t(rules.find((known) => known === `rule.${reason.code}`) ?? 'rule.other')} {reason.count}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </section>
  );
}
