import type { Campaign, Plan } from './parts';

/** A campaign's plan as its form has it: ranges and lists as people type them. */
export interface Draft {
  brand: string;
  kind: Plan['kind'];
  titleZh: string;
  titleEn: string;
  hazardZh: string;
  hazardEn: string;
  remedyZh: string;
  remedyEn: string;
  stopUse: boolean;
  stopSale: boolean;
  service: string;
  reminders: string;
  pace: string;
  found: string;
  models: string[];
  serials: string;
  madeFrom: string;
  madeTo: string;
  madeUnknown: boolean;
  divisions: string[];
  component: string;
  batches: string;
  /** What the form does not show and keeps as it is. */
  rest: Partial<Plan>;
  restConditions: Partial<Plan['conditions']>;
}

export const empty: Draft = {
  brand: '', kind: 'recall_voluntary', titleZh: '', titleEn: '', hazardZh: '', hazardEn: '', remedyZh: '', remedyEn: '', stopUse: true, stopSale: true, service: 'RECALL', reminders: '7, 14, 30, 60', pace: '600', found: '',
  models: [], serials: '', madeFrom: '', madeTo: '', madeUnknown: false, divisions: [], component: '', batches: '', rest: {}, restConditions: {},
};

interface Range {
  from?: string;
  to?: string;
  prefix?: string;
}

/** Ranges as they are typed, one a line: "A001 - A999", a single serial, or a beginning with *. */
export function rangesOf(text: string): Range[] {
  return text
    .split(/[\n,，;；]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      if (line.endsWith('*')) return { prefix: line.slice(0, -1) };
      const [from = '', to] = line.split(/\s+(?:-|–|—|~|to|至|到)\s+|[~～至到]/).map((end) => end.trim());
      return { from, to: to ?? from };
    });
}

/** Ranges as the form shows them. */
export function textOf(ranges: readonly Range[] | null | undefined): string {
  return (ranges ?? []).map((row) => (row.prefix ? `${row.prefix}*` : row.from === row.to ? (row.from ?? '') : `${row.from ?? ''} - ${row.to ?? ''}`)).join('\n');
}

const listOf = (text: string) => text.split(/[\s,，;；、]+/).filter((one) => one !== '');

/** The conditions that a form asks for. */
export function conditionsOf(draft: Draft): Plan['conditions'] {
  return {
    ...draft.restConditions,
    brand_id: draft.brand,
    models: draft.models,
    serials: rangesOf(draft.serials),
    divisions: draft.divisions,
    made_from: draft.madeFrom || undefined,
    made_to: draft.madeTo || undefined,
    made_unknown: (draft.madeFrom !== '' || draft.madeTo !== '') && draft.madeUnknown,
    component: draft.component === '' ? undefined : { type: draft.component, serials: rangesOf(draft.batches) },
  };
}

/** The plan that a form asks for. */
export function planOf(draft: Draft): Plan {
  return {
    parts: [],
    ...draft.rest,
    kind: draft.kind,
    title: { zh: draft.titleZh, en: draft.titleEn },
    hazard: { zh: draft.hazardZh, en: draft.hazardEn },
    remedy: { zh: draft.remedyZh, en: draft.remedyEn },
    stop_use: draft.stopUse,
    stop_sale: draft.stopSale,
    service_type: draft.service,
    conditions: conditionsOf(draft),
    per_minute: Number.isInteger(Number(draft.pace)) ? Number(draft.pace) : 0,
    reminders: listOf(draft.reminders).map(Number).filter((days) => Number.isInteger(days)),
  };
}

/** A kept draft as the form has it. */
export function draftOf(one: Campaign): Draft {
  const { plan } = one;
  const c = plan.conditions;
  return {
    brand: one.brand_id, kind: plan.kind, titleZh: plan.title.zh, titleEn: plan.title.en, hazardZh: plan.hazard.zh, hazardEn: plan.hazard.en, remedyZh: plan.remedy.zh, remedyEn: plan.remedy.en,
    stopUse: plan.stop_use, stopSale: plan.stop_sale, service: plan.service_type, reminders: (plan.reminders ?? []).join(', '), pace: String(plan.per_minute ?? 600), found: one.dates.found ?? '', models: c.models ?? [], serials: textOf(c.serials),
    madeFrom: c.made_from ?? '', madeTo: c.made_to ?? '', madeUnknown: c.made_unknown ?? false, divisions: c.divisions ?? [], component: c.component?.type ?? '', batches: textOf(c.component?.serials),
    rest: plan, restConditions: c,
  };
}
