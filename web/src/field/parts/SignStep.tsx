import { CircleAlert } from 'lucide-react';
import { lazy, Suspense, useId } from 'react';

import { useFieldT } from '@/i18n/field';
import { uuid } from '@/lib/ids';

import type { KeptFile } from '../data/db';
import type { Draft, FieldVisit, SignOff } from '../model';
import type { Missing } from '../proof';
import type { EditDraft } from '../useData';

import { addFile } from './PhotoSlots';

const SignaturePad = lazy(() => import('./SignaturePad'));

const kinds = ['signature', 'code', 'absent'] as const;

interface Props {
  visit: FieldVisit;
  draft: Draft;
  edit: EditDraft;
  files: readonly KeptFile[];
  lacking: readonly Missing[];
}

/** The customer's sign-off: a signature, the code of the customer's page, or why neither. */
export function SignStep({ visit, draft, edit, files, lacking }: Props) {
  const t = useFieldT();
  const id = useId();
  const { sign } = draft;
  const change = (part: Partial<SignOff>) => edit((now) => ({ ...now, sign: { ...now.sign, ...part } }));

  // The server keeps a picture with an order; a visit's signature counts for all of its orders.
  async function signed(blob: Blob) {
    const file = { id: uuid(), visit: visit.id, order: visit.orders[0]?.id ?? '', slot: 'signature', blob, takenAt: new Date().toISOString() };
    await addFile(visit, file);
    change({ signature: file.id });
  }

  return (
    <>
      <section className="card" aria-label={t('sign.title')}>
        <h2>{t('sign.title')}</h2>
        <div className="switch">
          {kinds.map((kind) => (
            <button key={kind} type="button" aria-pressed={sign.kind === kind} onClick={() => change({ kind })}>
              {t(`sign.kind.${kind}`)}
            </button>
          ))}
        </div>
        {sign.kind === 'signature' && (
          <Suspense fallback={<div className="pad" />}>
            <SignaturePad given={files.find((file) => file.id === sign.signature)} onSigned={signed} onAgain={() => change({ signature: '' })} />
          </Suspense>
        )}
        {sign.kind === 'code' && (
          <>
            <label className="field-label" htmlFor={`${id}-code`}>
              {t('sign.code')}
            </label>
            <input id={`${id}-code`} inputMode="numeric" maxLength={8} autoComplete="off" aria-describedby={`${id}-help`} value={sign.code} onChange={(event) => change({ code: event.target.value })} />
            <small id={`${id}-help`} className="soft">
              {t('sign.code.help')}
            </small>
          </>
        )}
        {sign.kind === 'absent' && (
          <>
            <label className="field-label" htmlFor={`${id}-reason`}>
              {t('sign.absent.reason')}
            </label>
            <textarea id={`${id}-reason`} rows={2} maxLength={500} value={sign.reason} onChange={(event) => change({ reason: event.target.value })} />
          </>
        )}
      </section>
      {lacking.length > 0 && (
        <section className="card lacking" aria-live="polite">
          <h2>{t('miss.title')}</h2>
          <ul>
            {lacking.map((one) => (
              <li key={`${one.what}${one.order}${one.name}`} data-blocking={one.blocking || undefined}>
                <CircleAlert size={16} aria-hidden /> {t(`miss.${one.what}`, { order: one.order, name: one.name })}
              </li>
            ))}
          </ul>
          {lacking.some((one) => !one.blocking) && <p className="soft">{t('miss.proof')}</p>}
        </section>
      )}
    </>
  );
}
