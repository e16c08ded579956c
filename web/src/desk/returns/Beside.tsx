import { Link } from '@tanstack/react-router';

import { apiBase } from '@/api/transport';
import { useDeskT } from '@/i18n/desk';
import { Block, Facts } from '@/ui/DetailPage';

import { useSay } from '../parts/server';
import type { Return } from './parts';

const steps = ['receipt', 'inspection', 'replacement', 'refund', 'repair'] as const;

/** Why, from whom, where to and in which steps. */
export function Beside({ one, reason }: { one: Return; reason: (code: string | undefined) => string }) {
  const t = useDeskT();
  const say = useSay();
  const when = (step: (typeof steps)[number]) => {
    const place = one.operation[step];
    if (place === 'no') return t('return.when.no');
    return t(`return.when.${place}.${step === 'receipt' || step === 'inspection' ? 'receipt' : 'remedy'}`);
  };
  return (
    <>
      <Block title={t('return.reason')}>
        <Facts
          facts={[
            [t('return.reason'), reason(one.reason)],
            ...(one.end_reason ? [[t('return.decision'), reason(one.end_reason)] as const] : []),
            [t('return.channel'), say(`return.channel.${one.channel}`)],
            [t('case.customer'), one.customer_id ? <Link key="customer" to="/customers/$recordId" params={{ recordId: one.customer_id }}>{one.customer ?? t('word.open')}</Link> : t('word.none')],
            ...(one.case_id ? [[t('nav.cases'), <Link key="case" to="/cases/$caseId" params={{ caseId: one.case_id }}>{t('word.open')}</Link>] as const] : []),
            ...(one.freight ? [[t('return.freight'), say(`return.freight.${one.freight}`)] as const] : []),
            ...(one.recipient ? [[t('return.recipient'), `${say(`return.recipient.${one.recipient.to}`)} · ${one.recipient.name}`] as const] : []),
            ...(one.address && one.operation.receipt !== 'no' ? [[t('return.address'), one.address] as const] : []),
            ...(one.ship_by ? [[t('return.shipBy'), one.ship_by] as const] : []),
            ...(one.loan ? [[t('return.loan'), `${one.loan.item} · ${t('return.loan.due')} ${one.loan.due_on}`] as const] : []),
          ]}
        />
      </Block>
      <Block
        title={t('return.steps')}
        extra={
          one.decision === 'approved' &&
          one.operation.receipt !== 'no' && (
            <a href={`${apiBase}/returns/${one.id}/label`} target="_blank" rel="noreferrer">
              {t('return.label')}
            </a>
          )
        }
      >
        <Facts facts={steps.map((step) => [t(`return.step.${step}`), when(step)] as const)} />
      </Block>
    </>
  );
}
