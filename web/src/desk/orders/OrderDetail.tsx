import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { message } from 'antd';

import { answer, api } from '@/api/client';
import { asApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ClockChip } from '@/kit/ClockChip';
import { ErrorView } from '@/kit/ErrorView';
import { MaskedPhone } from '@/kit/MaskedPhone';
import { Money } from '@/kit/Money';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill, StatePill } from '@/kit/StatePill';
import { uuid } from '@/lib/ids';
import { ActBar } from '@/ui/ActBar';
import type { Act, ActInput } from '@/ui/actTypes';
import { Block, DetailPage, Facts } from '@/ui/DetailPage';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { ServiceName } from '../cases/CaseDetail';
import styles from '../parts/parts.module.css';
import { may, sendAct, useCatalog, useMe, useNameOf, useRead, useSay } from '../parts/server';
import type { Order } from '../parts/types';
import { useWindowText } from '../parts/window';
import type { WorkPlace } from '../parts/zone';
import { CampaignBanner } from '../recalls/Banner';
import { orderActPath, useOrderActs } from './orderActs';
import { OrderProof } from './OrderProof';
import { OrderVisits } from './OrderVisits';

/** The order of the URL on a page of its own. */
export function OrderPage() {
  const { orderId = '' } = useParams({ strict: false });
  return <OrderDetail key={orderId} id={orderId} />;
}

/** An order: its acts, promises, visits, money and proof. */
export function OrderDetail({ id }: { id: string }) {
  const say = useSay();
  const queries = useQueryClient();
  const actsOf = useOrderActs();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const read = useRead(['order', id], (signal) => answer(api.GET('/orders/{id}', { params: { path: { id } }, signal })));
  if (read.error && !read.data) return <ErrorView error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return <SkeletonRows />;
  const order = read.data;

  async function onAct(act: Act, input: ActInput) {
    const { send, ...extra } = input.extra;
    delete extra['own']; // the form's own: a time that was typed
    const given = await sendAct(orderActPath(id, act.key), { ...input, extra });
    if (send === true && given.visit) await sendAct(`/visits/${given.visit.id}/dispatch`, { operationId: uuid(), reason: '', note: '', extra: {} });
    await Promise.all(['order', 'orders', 'case', 'home', 'visits'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  }

  return (
    <DetailPage
      number={order.number}
      title={
        <>
          <ServiceName code={order.service_type} /> · {nameOf(catalog?.categories?.find((one) => one.code === order.category), order.category)}
        </>
      }
      badges={
        <>
          <StatePill kind="order" state={order.state} />
          <Pill tone={order.priority === 'P1' ? 'bad' : 'neutral'} label={order.priority} />
          {order.next_due_at && <ClockChip clock={{ state: 'running', target: order.next_due_at }} />}
          {order.review && <Pill tone={order.review === 'passed' ? 'good' : 'warn'} label={say(`order.review.${order.review}`)} />}
        </>
      }
      acts={<ActBar acts={actsOf(order)} onAct={onAct} />}
      side={<Beside order={order} />}
    >
      <CampaignBanner unitId={order.unit_id} />
      <OrderVisits order={order} />
      <Promises id={id} place={order} />
      <Charges id={id} />
      <OrderProof order={order} />
    </DetailPage>
  );
}

function Beside({ order }: { order: Order }) {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const windowText = useWindowText();
  const catalog = useCatalog();
  const { data: me } = useMe();
  const [toast, holder] = message.useMessage();
  const outletId = order.outlet_id ?? '';
  const outlet = useRead(['outlet', outletId], () => answer(api.GET('/outlets/{id}', { params: { path: { id: outletId } } })), outletId !== '' && may(me, 'outlets.read')).data;
  // Most orders carry no contact of their own: the case's customer is who is called.
  const customer = useRead(['case', order.case_id], (signal) => answer(api.GET('/console/cases/{id}', { params: { path: { id: order.case_id } }, signal })), may(me, 'cases.read')).data?.customer;
  const phone = order.contact_phone ?? customer?.phone;
  const reveal = async () => (await answer(api.POST('/orders/{id}/reveal', { params: { path: { id: order.id } }, body: { reason: 'call_customer' } }))).phone ?? '';
  return (
    <>
      {holder}
      <Block title={t('case.customer')} extra={<Link to="/cases/$caseId" params={{ caseId: order.case_id }}>{t('order.case')}</Link>}>
        <Facts
          facts={[
            [t('customer.name'), order.contact_name ?? customer?.name ?? t('word.none')],
            [t('customer.phone'), <MaskedPhone key="phone" masked={phone ?? t('word.none')} reveal={phone ? reveal : undefined} onError={(thrown) => void toast.error(asApiError(thrown).words || t('error.title'))} />],
            [t('order.address'), order.place ?? t('word.none')],
          ]}
        />
      </Block>
      <Block title={t('order.work')}>
        <Facts
          facts={[
            [t('order.outlet'), outlet?.name ?? t('word.none')],
            [t('case.symptom'), nameOf(catalog?.symptoms?.find((one) => one.code === order.symptom), order.symptom ?? t('word.none'))],
            [t('order.promised'), order.promised ? windowText(order.promised.from, order.promised.to, order) : t('word.none')],
            [t('order.payer'), say(`order.payer.${order.payer}`)],
            ...(order.instructions ? [[t('order.instructions'), order.instructions] as const] : []),
          ]}
        />
      </Block>
    </>
  );
}

function Promises({ id, place }: { id: string; place: WorkPlace }) {
  const t = useDeskT();
  const windowText = useWindowText();
  const items = useRead(['order', id, 'promises'], () => answer(api.GET('/orders/{id}/promises', { params: { path: { id } } }))).data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Block title={t('order.promises')}>
      <ul className={styles.lines}>
        {items.map((one) => (
          <li key={one.id}>
            <b>{windowText(one.from, one.to, place)}</b>
            {one.kept !== undefined && <Pill tone={one.kept ? 'good' : 'bad'} label={t(one.kept ? 'promise.kept' : 'promise.broken')} />}
            <small className={styles.soft}>
              <RelativeTime at={one.made_at} />
            </small>
          </li>
        ))}
      </ul>
    </Block>
  );
}

function Charges({ id }: { id: string }) {
  const t = useDeskT();
  const say = useSay();
  const money = useRead(['order', id, 'money'], () => answer(api.GET('/orders/{id}/charges', { params: { path: { id } } }))).data;
  const lines = money?.charges ?? [];
  if (!money || lines.length === 0) return null;
  return (
    <Block title={t('order.money')}>
      <ul className={styles.lines}>
        {lines.map((one) => (
          <li key={one.id}>
            <span>{say(`order.charge.${one.kind}`)}</span>
            <Money minor={one.amount.minor} currency={one.amount.currency} />
            <small className={styles.soft}>
              {say(`order.payer.${one.payer}`)} · {say(`order.charge_state.${one.state}`)}
            </small>
          </li>
        ))}
      </ul>
      <p>
        {t('order.left')} <Money minor={money.left.minor} currency={money.left.currency} />
      </p>
    </Block>
  );
}
