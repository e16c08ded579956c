import { useId, useState } from 'react';

import { useFieldT } from '@/i18n/field';

import type { Choice } from '../model';

interface Props {
  reasons: readonly Choice[];
  onDone: (body: { reason: string; note: string }) => void;
  onCancel: () => void;
}

/** Why not: one reason, and words when they help. */
export function ReasonForm({ reasons, onDone, onCancel }: Props) {
  const t = useFieldT();
  const id = useId();
  const [reason, setReason] = useState('');
  const [note, setNote] = useState('');
  const ready = reasons.length > 0 ? reason !== '' : note.trim() !== '';
  return (
    <form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onDone({ reason, note: note.trim() });
      }}
    >
      {reasons.length > 0 && (
        <fieldset className="choices">
          <legend>{t('visit.reason')}</legend>
          {reasons.map((one) => (
            <label key={one.value} data-chosen={reason === one.value || undefined}>
              <input type="radio" name={`${id}-reason`} checked={reason === one.value} onChange={() => setReason(one.value)} /> {one.label}
            </label>
          ))}
        </fieldset>
      )}
      <label className="field-label" htmlFor={`${id}-note`}>
        {t('visit.note')}
      </label>
      <textarea id={`${id}-note`} rows={3} maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} />
      <div className="row">
        <button type="button" className="button" onClick={onCancel}>
          {t('word.cancel')}
        </button>
        <button type="submit" className="button primary" disabled={!ready}>
          {t('do.confirm')}
        </button>
      </div>
    </form>
  );
}
