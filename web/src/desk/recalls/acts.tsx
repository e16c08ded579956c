import { problemOf } from '@/api/problem';
import { apiBase, createTransport } from '@/api/transport';
import { useDeskT } from '@/i18n/desk';
import { saveAs } from '@/lib/download';
import type { Act, ActInput } from '@/ui/actTypes';

import { TextField, YesNo } from '../parts/Inputs';
import { may, useMe, useReasons, useSay } from '../parts/server';
import type { Campaign, CampaignUnit } from './parts';

type Extra = Record<string, unknown>;

const needs: Partial<Record<string, string>> = {
  approve: 'maintenance.approve',
  withdraw: 'maintenance.edit',
  edit: 'maintenance.edit',
  set_dates: 'maintenance.edit',
  start: 'maintenance.run',
  go_on: 'maintenance.run',
  close: 'maintenance.run',
  cancel: 'maintenance.run',
  print_letters: 'maintenance.letters',
};

const order = ['approve', 'start', 'go_on', 'edit', 'set_dates', 'print_letters', 'withdraw', 'close', 'cancel'];
const days = ['learnt', 'told', 'found', 'stopped', 'reported', 'published', 'ordered', 'objected', 'final'] as const;

/** What may be done with a campaign, with the forms of the acts. */
export function useCampaignActs(): (one: Campaign) => Act[] {
  const t = useDeskT();
  const say = useSay();
  const reasons = useReasons();
  const { data: me } = useMe();
  return (one) => {
    const forms: Partial<Record<string, Omit<Act, 'key' | 'label'>>> = {
      approve: { consequence: t('recall.approve.consequence') },
      start: { consequence: t('recall.start.consequence', { n: one.counted }) },
      close: { reasons: reasons('recall.close'), note: 'optional', consequence: t('recall.close.consequence') },
      cancel: { reasons: reasons('recall.cancel'), note: 'optional', danger: true, consequence: t('recall.cancel.consequence') },
      print_letters: { consequence: t('recall.letters.consequence') },
      set_dates: {
        fields: (extra, set) => {
          const dates: Extra = { ...one.dates, ...(typeof extra['dates'] === 'object' ? extra['dates'] : {}) };
          return (
            <>
              {days.map((day) => (
                <TextField key={day} type="date" label={t(`recall.day.${day}`)} value={dates[day] ?? ''} onChange={(value) => set({ ...extra, dates: { ...dates, [day]: value === '' ? undefined : value } })} />
              ))}
            </>
          );
        },
      },
    };
    return (one.acts ?? [])
      .filter((key) => may(me, needs[key] ?? 'maintenance.edit'))
      .sort((a, b) => order.indexOf(a) - order.indexOf(b))
      .map((key) => ({ key, label: key === 'print_letters' ? t('recall.letters') : say(`campaign.act.${key}`), ...forms[key] }));
  };
}

/** What may be done with one unit of a campaign. */
export function useUnitActs(): (row: CampaignUnit) => Act[] {
  const t = useDeskT();
  const say = useSay();
  const reasons = useReasons();
  const { data: me } = useMe();
  return (row) => {
    if (!may(me, 'maintenance.act')) return [];
    const text = (key: string, label: string) => (extra: Extra, set: (extra: Extra) => void) => <TextField label={label} value={extra[key]} onChange={(value) => set({ ...extra, [key]: value })} />;
    const forms: Partial<Record<string, Omit<Act, 'key' | 'label'>>> = {
      appoint: {
        note: 'optional',
        fields: (extra, set) => (
          <>
            {text('address', t('recall.address'))(extra, set)}
            {text('phone', t('recall.phone'))(extra, set)}
          </>
        ),
      },
      remedy: { reasons: reasons('recall.remedy'), note: 'optional', fields: text('reference', t('recall.reference')) },
      refuse: { reasons: reasons('recall.refuse'), note: 'optional' },
      exempt: { reasons: reasons('recall.exempt'), note: 'optional' },
      lost: { reasons: reasons('recall.gone'), note: 'optional' },
      call: { fields: (extra, set) => <YesNo label={t('recall.reached')} value={extra['reached']} onChange={(value) => set({ ...extra, reached: value })} /> },
    };
    return (row.acts ?? []).map((key) => ({ key, label: say(`campaign.act.${key}`), ...forms[key] }));
  };
}

/** Where an act of a unit is sent. */
export function unitRequest(row: CampaignUnit, act: Act, input: ActInput): { path: string; input: ActInput } {
  if (act.key === 'appoint') return { path: `/campaign-units/${row.id}/appoint`, input };
  if (act.key === 'call') return { path: `/campaign-units/${row.id}/call`, input: { ...input, extra: { reached: input.extra['reached'] === true } } };
  return { path: `/campaign-units/${row.id}/move`, input: { ...input, extra: { ...input.extra, how: act.key } } };
}

const send = createTransport();

/** Fetches the list for letters and hands it to the browser as a file. */
export async function letters(id: string, input: ActInput): Promise<void> {
  const request = new Request(new URL(`${apiBase}/campaigns/${id}/letters`, location.origin), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ operation_id: input.operationId }) });
  const response = await send(request);
  if (!response.ok) throw await problemOf(response);
  saveAs(await response.blob(), /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? 'letters.csv');
}
