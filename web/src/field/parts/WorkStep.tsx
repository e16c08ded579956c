import { useId } from 'react';

import { useFieldT } from '@/i18n/field';

import type { KeptFile } from '../data/db';
import { emptyWork, outcomes, type Draft, type FieldOrder, type FieldVisit, type OrderWork } from '../model';
import type { EditDraft } from '../useData';

import { PartLines } from './PartLines';
import { PhotoSlots } from './PhotoSlots';

interface Props {
  visit: FieldVisit;
  order: FieldOrder;
  draft: Draft;
  edit: EditDraft;
  files: readonly KeptFile[];
}

const checks = ['ok', 'bad', 'na'] as const;

/** The work on one order: checks, pictures, serial, readings, parts, outcome. All of it is kept as it is entered. */
export function WorkStep({ visit, order, draft, edit, files }: Props) {
  const t = useFieldT();
  const id = useId();
  const work = draft.orders[order.id] ?? emptyWork(order);
  const set = (part: Partial<OrderWork>) =>
    edit((now) => ({ ...now, orders: { ...now.orders, [order.id]: { ...(now.orders[order.id] ?? emptyWork(order)), ...part } } }));

  return (
    <section className="card work" aria-label={order.number}>
      <p className="what">
        {order.service} · {order.fault}
      </p>
      <p className="soft">
        {order.number} · {order.model}
      </p>
      {order.checklist.length > 0 && <h2>{t('work.checklist')}</h2>}
      {order.checklist.map((item) => (
        <fieldset key={item.key} className="check">
          <legend>
            {item.label} {item.required && <RequiredMark />}
          </legend>
          <div className="switch">
            {checks.map((value) => (
              <button key={value} type="button" data-value={value} aria-pressed={work.checks[item.key] === value} onClick={() => set({ checks: { ...work.checks, [item.key]: value } })}>
                {t(`work.check.${value}`)}
              </button>
            ))}
          </div>
        </fieldset>
      ))}
      {order.photos.length > 0 && <h2>{t('work.photos')}</h2>}
      <PhotoSlots visit={visit} order={order} files={files} />
      <label className="field-label" htmlFor={`${id}-serial`}>
        {t('work.serial')} {order.serialRequired && <RequiredMark />}
      </label>
      <input id={`${id}-serial`} value={work.serial} onChange={(event) => set({ serial: event.target.value })} autoCapitalize="characters" spellCheck={false} autoComplete="off" />
      <small className="soft">{t('work.serial.help')}</small>
      {order.readings.length > 0 && <h2>{t('work.readings')}</h2>}
      {order.readings.map((reading) => (
        <div key={reading.key} className="reading">
          <label htmlFor={`${id}-${reading.key}`}>
            {reading.label} {reading.required && <RequiredMark />}
          </label>
          <input id={`${id}-${reading.key}`} inputMode="decimal" value={work.readings[reading.key] ?? ''} onChange={(event) => set({ readings: { ...work.readings, [reading.key]: event.target.value } })} />
          <span>{reading.unit}</span>
        </div>
      ))}
      <h2>{t('work.parts')}</h2>
      <PartLines order={order} parts={work.parts} change={(parts) => set({ parts: { ...work.parts, ...parts } })} />
      <fieldset className="choices">
        <legend>
          {t('work.outcome')} <RequiredMark />
        </legend>
        {outcomes.map((outcome) => (
          <label key={outcome} data-chosen={work.outcome === outcome || undefined}>
            <input type="radio" name={`${id}-outcome`} checked={work.outcome === outcome} onChange={() => set({ outcome })} /> {t(`work.outcome.${outcome}`)}
          </label>
        ))}
      </fieldset>
      <label className="field-label" htmlFor={`${id}-note`}>
        {t('work.note')}
      </label>
      <textarea id={`${id}-note`} rows={3} maxLength={2000} value={work.note} onChange={(event) => set({ note: event.target.value })} />
    </section>
  );
}

function RequiredMark() {
  const t = useFieldT();
  return <small className="required">{t('word.required')}</small>;
}
