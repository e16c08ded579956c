import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { Money } from '@/kit/Money';
import { Pill } from '@/kit/StatePill';
import { plainMoney } from '@/lib/format';

import styles from '../parts/parts.module.css';
import { useSay } from '../parts/server';
import type { RightsDecision } from '../parts/types';
import own from './rights.module.css';

/** A decision with its options, money, deadlines and the rules that it rests on. */
export function Decision({ decision, currency }: { decision: RightsDecision; currency: string }) {
  const t = useDeskT();
  const say = useSay();
  const english = useLang() === 'en';
  const inWords = (words: { zh: string; en: string }) => (english ? words.en : words.zh);
  const payer = (who: string) => say(`rights.payer.${who}`);
  const rulings = decision.rulings ?? [];
  const now = rulings.filter((row) => row.state === 'now');
  const later = rulings.filter((row) => row.state === 'future');
  const others = rulings.filter((row) => row.state !== 'now' && row.state !== 'future');
  const rule = (row: (typeof rulings)[number]) => (
    <li key={`${row.pack}/${row.rule}`}>
      <div className={own.rule}>
        <span className={styles.row}>
          <b>{inWords(row.title)}</b>
          {row.state !== 'now' && <Pill tone={row.state === 'future' ? 'info' : 'neutral'} label={say(`rights.state.${row.state}`)} />}
          {row.unverified && <Pill tone="warn" label={t('rights.unverified')} title={t('rights.unverified.why')} />}
        </span>
        <span>{inWords(row.text)}</span>
        <small className={styles.soft}>
          {row.pack}/{row.rule} · {row.source}
        </small>
      </div>
    </li>
  );
  const freight = decision.freight;
  return (
    <div className={own.all}>
      {(decision.broken ?? []).map((row) => (
        <p key={row.pack} role="alert" className={styles.row}>
          <Pill tone="bad" label={t('rights.broken')} />
          <span>{t('rights.broken.what', { pack: row.pack, at: row.at })}</span>
          <small className={styles.soft}>{row.text}</small>
        </p>
      ))}
      {(decision.choices ?? []).length === 0 && <p className={styles.soft}>{t('rights.none')}</p>}
      <ul className={styles.lines}>
        {(decision.choices ?? []).map((choice) => (
          <li key={choice.option}>
            <b>{say(`rights.option.${choice.option}`)}</b> {choice.sum && <Money minor={choice.sum.amount} currency={currency} />}
            {!choice.sum && choice.option === 'refund' && t('rights.noPrice')}{' '}
            <small className={styles.soft}>
              {t('rights.pays', { payer: payer(choice.payer) })}
              {choice.sum && (choice.sum.steps ?? []).length > 1 && ` · ${(choice.sum.steps ?? []).map((step) => `${say(`rights.step.${step.code}`)} ${plainMoney(step.amount, currency)}`).join(' · ')}`}
            </small>
          </li>
        ))}
      </ul>
      {freight?.back && <p>{freight.out ? t('rights.freight', { out: payer(freight.out), back: payer(freight.back) }) : t('rights.freight.back', { back: payer(freight.back) })}</p>}
      {decision.burden && <p>{t('rights.burden', { who: payer(decision.burden) })}</p>}
      {(decision.evidence ?? []).length > 0 && <p className={styles.soft}>{t('rights.evidence', { list: (decision.evidence ?? []).map((code) => say(`rights.evidence.${code}`)).join(english ? ', ' : '、') })}</p>}
      {(decision.deadlines ?? []).length > 0 && (
        <p>
          {t('rights.deadlines')}{' '}
          {(decision.deadlines ?? []).map((row) => `${say(`rights.duty.${row.code}`)} ${row.at ?? '–'}`).join(' · ')}
        </p>
      )}
      <h3>{t('rights.rules')}</h3>
      <ul className={styles.lines}>{[...now, ...later].map(rule)}</ul>
      {others.length > 0 && (
        <details>
          <summary>{t('rights.others', { count: others.length })}</summary>
          <ul className={styles.lines}>{others.map(rule)}</ul>
        </details>
      )}
    </div>
  );
}
