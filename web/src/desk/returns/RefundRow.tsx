import { useDeskT } from '@/i18n/desk';
import { Money } from '@/kit/Money';
import { ActBar } from '@/ui/ActBar';
import type { Act } from '@/ui/actTypes';

import { TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, sendAct, useMe, useSay } from '../parts/server';
import type { Refund } from './parts';
import { formToday } from './returnActs';
import { ReturnState } from './ReturnState';

/** One refund with its way, its tax and its credit note, and what can be done with it. */
export function RefundRow({ row, onDone }: { row: Refund; onDone: () => Promise<unknown> }) {
  const t = useDeskT();
  const say = useSay();
  const { data: me } = useMe();
  const note: NonNullable<Act['fields']> = (extra, set) => (
    <>
      <TextField label={t('refund.note.number')} value={extra['number']} onChange={(number) => set({ ...extra, number })} />
      <TextField type="date" label={t('refund.note.on')} value={extra['issued_on'] ?? formToday()} onChange={(on) => set({ ...extra, issued_on: on })} />
    </>
  );
  const acts: Act[] = may(me, 'returns.pay')
    ? [...(row.state === 'failed' ? [{ key: 'retry', label: t('return.retry') }] : []), ...(row.state === 'due' ? [{ key: 'by-hand', label: t('return.byHand') }] : []),
        ...(row.tax > 0 && row.state !== 'none' && !row.note_number ? [{ key: 'credit-note', label: say(`return.note.${row.note_kind}`), fields: note }] : [])]
    : [];
  return (
    <li>
      <b>
        <Money minor={row.amount} currency={row.currency} />
      </b>
      <span>{say(`return.way.${row.way}`)}</span>
      <ReturnState state={row.state} />
      {row.tax > 0 && (
        <small className={styles.soft}>
          {t('refund.tax')} <Money minor={row.tax} currency={row.currency} />
        </small>
      )}
      {row.note_number && (
        <small>
          {say(`return.note.${row.note_kind}`)} {row.note_number} · {row.note_on}
        </small>
      )}
      {row.attempt > 0 && <small className={styles.soft}>{t('return.tries', { n: row.attempt })}</small>}
      {row.code && <span title={row.code}>{say(`return.code.${row.code}`, row.code)}</span>}
      {acts.length > 0 && (
        <ActBar
          acts={acts}
          onAct={async (act, input) => {
            const extra = act.key === 'credit-note' ? { issued_on: formToday(), ...input.extra } : input.extra;
            await sendAct(`/refunds/${row.id}/${act.key}`, { ...input, extra });
            await onDone();
          }}
        />
      )}
    </li>
  );
}
