import { Link } from '@tanstack/react-router';

import { apiBase } from '@/api/transport';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { Money } from '@/kit/Money';
import { Pill } from '@/kit/StatePill';
import { Facts } from '@/ui/DetailPage';

import styles from '../parts/parts.module.css';
import { useCatalog, useNameOf, useSay } from '../parts/server';
import type { Line } from './parts';
import own from './returns.module.css';

/** What a line is about, what comes back for it and by which rules. */
export function LineFacts({ line, currency }: { line: Line; currency: string }) {
  const t = useDeskT();
  const say = useSay();
  const lang = useLang();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const between = lang === 'en' ? ', ' : '、';
  const words = (pair: { zh: string; en: string }) => (lang === 'en' ? pair.en : pair.zh);
  const product = nameOf(catalog?.models?.find((row) => row.id === line.model_id), nameOf(catalog?.categories?.find((row) => row.code === line.category), line.item));
  const found = line.inspection;
  const rules = (line.rules ?? []).filter((row) => row.state === 'now');
  return (
    <>
      <Facts
        facts={[
          [t('case.product'), line.unit_id ? <Link to="/units/$recordId" params={{ recordId: line.unit_id }}>{product || t('word.open')}</Link> : `${line.item ?? product}${line.elsewhere ? ` · ${t('return.elsewhere')}` : ''}`],
          ...(line.serial ? [[t('return.serial'), line.serial] as const] : []),
          ...(line.order_no ? [[t('return.order'), `${line.seller ?? ''} ${line.order_no}`] as const] : []),
          ...(line.quantity > 1 || line.received > 0 ? [[t('return.quantity'), `${line.quantity} · ${t('return.received')} ${line.received}`] as const] : []),
          [t('return.paid'), <Money key="paid" minor={line.paid} currency={currency} />],
          ...(line.invoice_no ? [[t('return.invoice'), line.invoice_no] as const] : []),
          ...(found?.source ? [[t('return.word'), `${say(`return.recipient.${found.source}`)} ${found.reference ?? ''}`] as const] : []),
          ...(line.freight ? [[t('return.freight.advanced'), <Advanced key="freight" line={line} currency={currency} />] as const] : []),
          ...(line.found_serial ? [[t('return.found'), `${line.found_serial}${line.swapped ? ` · ${t('return.swapped')}` : ''}`] as const] : []),
          ...(found ? [[t('return.grade'), say(`return.grade.${found.grade}`)] as const] : []),
          ...(found?.missing?.length ? [[t('return.missing'), found.missing.join(between)] as const] : []),
          ...(found?.spoilt?.length ? [[t('return.spoilt'), found.spoilt.map((code) => say(`return.spoilt.${code}`)).join(between)] as const] : []),
          ...(line.given ? [[t('return.given'), line.given.unit_id ? <Link key="given" to="/units/$recordId" params={{ recordId: line.given.unit_id }}>{line.given.serial ?? t('word.open')}</Link> : `${line.given.item ?? ''} ${line.given.serial ?? ''} ${line.given.tracking ?? ''}`] as const] : []),
        ]}
      />
      {line.option === 'refund' && (
        <table className={own.account}>
          <tbody>
            {(line.sum.steps ?? []).map((step, index) => (
              <tr key={`${step.code}:${index}`}>
                <th scope="row">{say(`return.step.${step.code}`)}</th>
                <td>
                  <Money minor={step.amount} currency={currency} />
                </td>
              </tr>
            ))}
            <tr>
              <th scope="row">{t('return.amount')}</th>
              <td>
                <b>
                  <Money minor={line.sum.amount} currency={currency} />
                </b>
              </td>
            </tr>
            {(line.tax.rate ?? 0) > 0 && (
              <tr>
                <th scope="row">{t('return.tax', { rate: (line.tax.rate ?? 0) / 10_000 })}</th>
                <td>
                  <Money minor={line.sum_tax} currency={currency} />
                </td>
              </tr>
            )}
          </tbody>
        </table>
      )}
      {rules.length > 0 && (
        <details>
          <summary>
            {t('return.rules')} ({rules.length})
          </summary>
          <ul className={styles.lines}>
            {rules.map((row) => (
              <li key={row.rule}>
                <b>{words(row.title)}</b>
                {row.unverified && <Pill tone="warn" label={t('return.unverified')} />}
                <span>{words(row.text)}</span>
                <small className={styles.soft}>{row.source}</small>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** Freight that the customer advanced: how much, the bill, what became of it. */
function Advanced({ line, currency }: { line: Line; currency: string }) {
  const t = useDeskT();
  const say = useSay();
  if (!line.freight) return undefined;
  return (
    <span className={styles.row}>
      <Money minor={line.freight.amount} currency={currency} />
      <Pill tone={line.freight.state === 'asked' ? 'warn' : line.freight.state === 'given' ? 'good' : 'neutral'} label={say(`return.freight_state.${line.freight.state}`)} />
      {line.freight.bill && (
        <a href={`${apiBase}/files/${line.freight.bill}/content`} target="_blank" rel="noreferrer">
          {t('return.freight.bill')}
        </a>
      )}
      {line.freight.why && <small>{line.freight.why}</small>}
    </span>
  );
}
