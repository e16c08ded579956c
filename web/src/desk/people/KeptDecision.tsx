import { Button } from 'antd';

import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { Pill } from '@/kit/StatePill';
import { formatMoney } from '@/lib/format';
import { ActBar } from '@/ui/ActBar';

import { AmountField, Choose } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, useMe, useReasons, useSay } from '../parts/server';
import type { Assessment } from '../parts/types';
import { Decision } from './Decision';
import own from './rights.module.css';

const goodwill = ['refund', 'exchange', 'repair', 'price_cut', 'loan'];
const withMoney = new Set(['refund', 'price_cut']);

/** A kept decision: what changed, what was chosen or given beyond the rules, and what may be done about it. */
export function Kept({ one, currency, edit, onAct }: { one: Assessment; currency: string; edit: boolean; onAct: (act: string, body: unknown) => Promise<void> }) {
  const t = useDeskT();
  const say = useSay();
  const lang = useLang();
  const { data: me } = useMe();
  const reasons = useReasons()('coverage.override');
  const open = one.state === 'open';
  const options = [...(one.decision.choices ?? []).map((choice) => choice.option), ...(one.overrides ?? []).map((given) => given.option)];
  return (
    <details className={own.kept}>
      <summary>
        {one.decided_on} {options.map((option) => say(`rights.option.${option}`)).join(' · ') || t('word.none')}{' '}
        {one.chosen && <Pill tone="good" label={`${t('rights.chosen')} ${say(`rights.option.${one.chosen}`)}`} />}{' '}
        {open && one.next_on && <small className={styles.soft}>{t('rights.next', { day: one.next_on })}</small>}
      </summary>
      {(one.changes ?? []).some((change) => change.from !== undefined) && (
        <p className={styles.soft}>
          {t('rights.changes')}{' '}
          {(one.changes ?? [])
            .filter((change) => change.what === 'option')
            .map((change) => `${change.to ? '+' : '−'} ${say(`rights.option.${change.name}`)}`)
            .join(', ')}
        </p>
      )}
      <Decision decision={one.decision} currency={currency} />
      {(one.overrides ?? []).map((given) => (
        <p key={given.at}>
          {t('rights.goodwill.given', { option: say(`rights.option.${given.option}`), amount: given.amount ? formatMoney(given.amount, currency, lang) : '' })}{' '}
          <small className={styles.soft}>{[reasons.find((reason) => reason.value === given.reason)?.label ?? given.reason, given.note].filter(Boolean).join(' · ')}</small>
        </p>
      ))}
      {open && may(me, 'entitlement.goodwill') && (
        <ActBar
          acts={[
            {
              key: 'override',
              label: t('rights.goodwill'),
              reasons,
              note: 'optional',
              fields: (extra, set) => (
                <>
                  <Choose label={t('rights.goodwill.option')} value={extra['option']} options={goodwill.map((value) => ({ value, label: say(`rights.option.${value}`) }))} onChange={(option) => set({ ...extra, option })} />
                  {typeof extra['option'] === 'string' && withMoney.has(extra['option']) && <AmountField label={t('rights.goodwill.amount')} currency={currency} minor={extra['amount']} onChange={(amount) => set({ ...extra, amount })} />}
                </>
              ),
            },
          ]}
          onAct={(_, input) => onAct('override', { ...input.extra, reason: input.reason, ...(input.note ? { note: input.note } : {}) })}
        />
      )}
      {open && edit && (
        <div className={styles.foot}>
          {options.map((option) => (
            <Button key={option} size="small" onClick={() => void onAct('choose', { option })}>
              {t('rights.choose')} {say(`rights.option.${option}`)}
            </Button>
          ))}
          <Button size="small" onClick={() => void onAct('close', undefined)}>
            {t('rights.close')}
          </Button>
        </div>
      )}
    </details>
  );
}
