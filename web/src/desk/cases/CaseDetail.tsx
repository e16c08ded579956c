import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { message } from 'antd';

import { answer, api } from '@/api/client';
import { asApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import type { ClockView, WaitedFor } from '@/kit/clock';
import { ClockChip } from '@/kit/ClockChip';
import { ErrorView } from '@/kit/ErrorView';
import { MaskedPhone } from '@/kit/MaskedPhone';
import { Pill, StatePill } from '@/kit/StatePill';
import { ActBar } from '@/ui/ActBar';
import type { Act, ActInput } from '@/ui/actTypes';
import { Block, DetailPage, Facts } from '@/ui/DetailPage';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { Why } from '@/ui/Why';

import { Rights } from '../people/Rights';
import { Moments, useActor } from '../parts/moments';
import styles from '../parts/parts.module.css';
import { RecordPhotos } from '../parts/Photos';
import { useWorded } from '../parts/reasons';
import { may, sendAct, useCatalog, useMe, useNameOf, useRead, useSay } from '../parts/server';
import type { Workplace } from '../parts/types';
import { CampaignBanner } from '../recalls/Banner';
import { ReturnsBlock } from '../returns/StartReturn';
import { caseActInput, caseActPath, useCaseActs, waitsOf } from './caseActs';

/** The case of the URL on a page of its own. */
export function CasePage() {
  const { caseId = '' } = useParams({ strict: false });
  return <CaseDetail key={caseId} id={caseId} />;
}

type Clock = NonNullable<Workplace['clocks']>[number];

function clockView(clock: Clock, milestone: string): ClockView | undefined {
  const state = (['running', 'paused', 'met', 'breached'] as const).find((one) => one === clock.status);
  return state && { state, milestone, target: clock.due, ended_at: clock.met_at, waited_for: clock.waits_for?.[0] as WaitedFor | undefined };
}

/** A case's workplace: its acts, its clocks, its story, the customer and the unit beside it. */
export function CaseDetail({ id }: { id: string }) {
  const t = useDeskT();
  const say = useSay();
  const queries = useQueryClient();
  const actsOf = useCaseActs();
  const worded = useWorded();
  const actor = useActor();
  const { data: me } = useMe();
  const read = useRead(['case', id], (signal) => answer(api.GET('/console/cases/{id}', { params: { path: { id } }, signal })));
  if (read.error && !read.data) return <ErrorView error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return <SkeletonRows />;
  const { case: one, clocks, timeline, orders, ...beside } = read.data;

  async function onAct(act: Act, input: ActInput) {
    await sendAct(caseActPath(id, act.key), await caseActInput(act.key, input, me?.id, waitsOf(clocks)));
    await Promise.all(['case', 'cases', 'home', 'orders'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  }

  return (
    <DetailPage
      number={one.number}
      title={one.summary}
      badges={
        <>
          <StatePill kind="case" state={one.state} />
          <Pill tone={one.priority === 'P1' ? 'bad' : one.priority === 'P2' ? 'warn' : 'neutral'} label={one.priority} />
          {(one.priority_why ?? []).length > 0 && <Why reasons={worded(one.priority_why)} label={t('case.why', { priority: one.priority })} />}
          {one.type === 'complaint' && <Pill tone="warn" label={[t('case.type.complaint'), one.stage && one.state !== 'closed' && one.state !== 'cancelled' ? say(`case.stage.${one.stage}`) : '', one.severity ? `${t('case.severity')} ${one.severity}` : ''].filter((word) => word !== '').join(' · ')} />}
          {one.safety && <Pill tone="bad" label={say(`case.safety.${one.safety}`)} />}
          {(clocks ?? []).map((clock, index) => {
            const view = clockView(clock, say(`clocks.milestone.${clock.milestone}`));
            return view && <ClockChip key={`${clock.milestone}:${index}`} clock={view} />;
          })}
        </>
      }
      acts={<ActBar acts={actsOf(one, clocks)} onAct={onAct} />}
      side={<Beside data={{ case: one, ...beside }} assignee={one.assignee_id ? actor(`user:${one.assignee_id}`) : t('case.nobody')} />}
    >
      <CampaignBanner unitId={one.unit_id} />
      {one.detail && one.detail !== one.summary && <Block title={t('case.words')}>{one.detail}</Block>}
      <RecordPhotos kind="case" id={id} title={t('photos.case')} />
      {orders && orders.length > 0 && (
        <Block title={t('nav.orders')}>
          <ul className={styles.lines}>
            {orders.map((order) => (
              <li key={order.id}>
                <Link to="/orders/$orderId" params={{ orderId: order.id }}>{order.number}</Link>
                <StatePill kind="order" state={order.state} />
                <ServiceName code={order.service_type} />
              </li>
            ))}
          </ul>
        </Block>
      )}
      <ReturnsBlock unitId={one.unit_id} caseId={id} />
      <Block title={t('case.timeline')}>
        <Moments moments={timeline ?? []} />
      </Block>
    </DetailPage>
  );
}

/** What a kind of work is called. */
export function ServiceName({ code }: { code: string }) {
  const nameOf = useNameOf();
  const found = useCatalog()?.service_types?.find((one) => one.code === code);
  return <span>{nameOf(found, code)}</span>;
}

function Beside({ data, assignee }: { data: Pick<Workplace, 'case' | 'customer' | 'unit' | 'place'>; assignee: string }) {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const { data: me } = useMe();
  const [toast, holder] = message.useMessage();
  const { case: one, customer, unit, place } = data;
  const reveal = async () => {
    const path = { id: customer?.id ?? '' };
    const { phones } = await answer(api.GET('/customers/{id}', { params: { path } }));
    const phone = phones?.find((row) => row.primary) ?? phones?.[0];
    return (await answer(api.POST('/customers/{id}/reveal', { params: { path }, body: { field: `phone:${phone?.id ?? ''}`, reason: 'call_customer' } }))).value;
  };
  const onError = (thrown: unknown) => void toast.error(asApiError(thrown).words || t('error.title'));
  return (
    <>
      {holder}
      <Block title={t('case.customer')} extra={customer && <Link to="/customers/$recordId" params={{ recordId: customer.id }}>{t('word.open')}</Link>}>
        <Facts
          facts={[
            [t('customer.name'), customer?.name ?? one.contact_name ?? t('word.none')],
            [t('customer.phone'), <MaskedPhone key="phone" masked={customer?.phone ?? one.contact_phone ?? t('word.none')} reveal={customer && may(me, 'customers.reveal') ? reveal : undefined} onError={onError} />],
            ...(place ? [[t('order.address'), place] as const] : []),
            ...(customer ? [[t('customer.cases'), customer.cases] as const] : []),
            [t('case.assignee'), assignee],
          ]}
        />
      </Block>
      <Block title={t('case.unit')} extra={unit && <Link to="/units/$recordId" params={{ recordId: unit.id }}>{t('word.open')}</Link>}>
        <Facts
          facts={[
            [t('case.brand'), nameOf(catalog?.brands?.find((row) => row.id === one.brand_id))],
            [t('case.product'), nameOf(catalog?.categories?.find((row) => row.code === one.category), one.category ?? t('word.none'))],
            [t('case.symptom'), nameOf(catalog?.symptoms?.find((row) => row.code === one.symptom), one.symptom ?? t('word.none'))],
            ...(unit ? [[t('unit.model'), unit.model ?? t('word.none')] as const, [t('unit.serial'), unit.serial ?? t('word.none')] as const] : []),
          ]}
        />
      </Block>
      {unit && may(me, 'entitlement.read') && <Rights unitId={unit.id} caseId={one.id} reported={one.created_at.slice(0, 10)} />}
    </>
  );
}
