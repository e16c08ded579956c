import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { Money } from '@/kit/Money';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { ActBar } from '@/ui/ActBar';
import type { Act, ActInput } from '@/ui/actTypes';
import { Block, DetailPage, Facts } from '@/ui/DetailPage';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { Choose, TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { sentence } from '../parts/sentence';
import { may, useMe, useRead, useSay } from '../parts/server';
import { ContractState, paramsOf, send } from './pieces';
import { useSoldName } from './plans';

const reasons = ['changed_mind', 'unit_gone', 'sold_by_mistake', 'replaced', 'other'];
const methods = ['wechat', 'alipay', 'card', 'transfer', 'cash'];

/** What would be paid back today, and why. */
function CancelQuote({ id, by }: { id: string; by: 'customer' | 'brand' }) {
  const t = useDeskT();
  const say = useSay();
  const quote = useRead(['contracts', 'quote', id, by], () => answer(api.GET('/contracts/{id}/cancel-quote', { params: { path: { id }, query: { by } } })));
  if (!quote.data) return null;
  return (
    <div>
      {t('contract.cancel.quote')} <Money minor={quote.data.refund.minor} currency={quote.data.refund.currency} />
      <ul className={styles.lines}>
        {(quote.data.why ?? []).map((why) => (
          <li key={why.code}>{sentence(say, `reason.${why.code}`, paramsOf(why))}</li>
        ))}
      </ul>
    </div>
  );
}

/** The contract of the URL on a page of its own. */
export function ContractPage() {
  const { recordId } = useParams({ strict: false });
  return <ContractDetail key={recordId} id={recordId ?? ''} />;
}

export function ContractDetail({ id }: { id: string }) {
  const t = useDeskT();
  const soldName = useSoldName();
  const say = useSay();
  const lang = useLang();
  const queries = useQueryClient();
  const { data: me } = useMe();
  const read = useRead(['contracts', 'one', id], () => answer(api.GET('/contracts/{id}', { params: { path: { id } } })));
  const unit = useRead(['unit', read.data?.unit_id], () => answer(api.GET('/units/{id}', { params: { path: { id: read.data?.unit_id ?? '' } } })), read.data !== undefined && may(me, 'units.read')).data;
  if (read.error) return <ErrorView error={read.error} />;
  if (!read.data) return <SkeletonRows />;
  const one = read.data;
  const money = (key: string, label: string): Act => ({
    key,
    label,
    fields: (extra, set) => (
      <>
        <Choose label={t('contract.method')} value={extra['method']} options={methods.map((value) => ({ value, label: say(`order.method.${value}`) }))} onChange={(method) => set({ ...extra, method })} />
        <TextField label={t('contract.reference')} value={extra['reference']} onChange={(reference) => set({ ...extra, reference })} />
      </>
    ),
  });
  const acts: Act[] = [];
  if (may(me, 'entitlement.sell')) {
    if (one.state === 'sold') acts.push(money('pay', t('contract.pay')));
    if (one.state === 'active' || one.state === 'used_up' || one.state === 'expired') if (!one.renewed_to) acts.push({ key: 'renew', label: t('contract.renew') });
    if (one.state === 'active' && (one.terms.notice_days ?? 0) > 0) acts.push({ key: 'renews', label: t(one.renews ? 'contract.renews.off' : 'contract.renews.on') });
    if (one.state === 'sold' || one.state === 'active' || one.state === 'used_up') {
      acts.push({
        key: 'cancel',
        label: t('contract.cancel'),
        danger: true,
        fields: (extra, set) => {
          const by = extra['by'] === 'brand' ? 'brand' : 'customer';
          return (
            <>
              <Choose label={t('contract.cancel.by')} value={by} options={(['customer', 'brand'] as const).map((value) => ({ value, label: t(`contract.cancel.by.${value}`) }))} onChange={(next) => set({ ...extra, by: next ?? 'customer' })} />
              <Choose label={t('contract.cancel.reason')} value={extra['reason']} options={reasons.map((value) => ({ value, label: say(`contract.reason.${value}`) }))} onChange={(reason) => set({ ...extra, reason })} />
              <CancelQuote id={id} by={by} />
            </>
          );
        },
      });
    }
  }
  if (may(me, 'entitlement.pay') && one.ended && one.ended.refund.minor > 0 && !one.ended.repaid) acts.push(money('repay', t('contract.repay')));
  const onAct = async (act: Act, input: ActInput) => {
    const { extra } = input;
    const bodies: Record<string, unknown> = { pay: extra, repay: extra, cancel: { by: extra['by'] ?? 'customer', reason: extra['reason'] ?? '' }, renews: { renews: !one.renews } };
    await send(`/contracts/${id}/${act.key}`, bodies[act.key], input.operationId);
    await Promise.all(['contracts', 'coverages', 'unit'].map((stale) => queries.invalidateQueries({ queryKey: [stale] })));
  };
  const inForce = one.state !== 'sold';
  return (
    <DetailPage number={one.number} title={soldName(one)} badges={<ContractState state={one.state} />} acts={acts.length > 0 ? <ActBar acts={acts} onAct={onAct} /> : undefined}>
      <Block
        title={t('contract.period')}
        extra={
          inForce && (
            <a href={`/api/v1/contracts/${id}/certificate.pdf?lang=${lang}`} target="_blank" rel="noreferrer">
              {t('contract.certificate')}
            </a>
          )
        }
      >
        <Facts
          facts={[
            [t('contract.period'), `${one.starts_on} – ${one.ends_on}`],
            [t('contract.soldOn'), one.sold_on],
            [t('contract.price'), <Money key="price" minor={one.price.minor} currency={one.price.currency} />],
            ...(one.paid ? [[t('contract.method'), `${say(`order.method.${one.paid.method}`)} ${one.paid.reference ?? ''}`] as const] : []),
            [t('contract.used'), one.terms.uses ? t('contract.usedOf', { used: one.used, total: one.terms.uses }) : `${one.used}`],
            ...(one.paid ? [[t('contract.earned'), <Money key="earned" minor={one.earned} currency={one.price.currency} />] as const] : []),
            [t('contract.spent'), <Money key="spent" minor={one.spent} currency={one.price.currency} />],
            [t('contract.renews'), t(one.renews ? 'word.yes' : 'word.no')],
            ...(one.told_at ? [[t('contract.told'), <RelativeTime key="told" at={one.told_at} />] as const] : []),
            [t('case.unit'), <Link key="unit" to="/units/$recordId" params={{ recordId: one.unit_id }}>{unit?.serial ?? t('word.open')}</Link>],
            ...(one.renewed_from ? [[t('contract.renewedFrom'), <Link key="from" to="/contracts/$recordId" params={{ recordId: one.renewed_from }}>{t('word.open')}</Link>] as const] : []),
            ...(one.renewed_to ? [[t('contract.renewedTo'), <Link key="to" to="/contracts/$recordId" params={{ recordId: one.renewed_to }}>{t('word.open')}</Link>] as const] : []),
          ]}
        />
      </Block>
      <Block title={t('contract.covers')}>
        <ul className={styles.lines}>
          {(one.terms.covers ?? []).map((cover) => (
            <li key={cover.name}>
              <b>{cover.name}</b>
              <span>{(cover.lines ?? []).map((line) => say(`coverage.line.${line}`)).join(lang === 'en' ? ', ' : '、')}</span>
              <span>
                {say(`order.payer.${cover.payer}`)} {cover.share}%
              </span>
            </li>
          ))}
        </ul>
      </Block>
      {one.inspection && (
        <Block title={t('contract.inspection')}>
          <Facts
            facts={[
              [t('contract.inspected.on'), one.inspection.on],
              [t('contract.inspected.by'), one.inspection.by],
              [t('contract.inspected.passed'), t(one.inspection.passed ? 'word.yes' : 'word.no')],
            ]}
          />
        </Block>
      )}
      {one.ended && (
        <Block title={t('contract.refund')}>
          <p>
            {one.ended.on} · {say(`contract.reason.${one.ended.reason}`)} · {t(one.ended.by === 'brand' ? 'contract.cancel.by.brand' : 'contract.cancel.by.customer')} · <Money minor={one.ended.refund.minor} currency={one.ended.refund.currency} />{' '}
            {one.ended.refund.minor > 0 && <Pill tone={one.ended.repaid ? 'good' : 'warn'} label={t(one.ended.repaid ? 'contract.repaid' : 'contract.owed')} />}
          </p>
          <ul className={styles.lines}>
            {(one.ended.why ?? []).map((why) => (
              <li key={why.code}>{sentence(say, `reason.${why.code}`, paramsOf(why))}</li>
            ))}
          </ul>
        </Block>
      )}
    </DetailPage>
  );
}
