import { Link } from '@tanstack/react-router';
import { Button, Drawer, Select } from 'antd';
import { Fragment, useState } from 'react';

import { answer, api } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { StatePill } from '@/kit/StatePill';
import { formatDuration, formatTime } from '@/lib/format';
import { uuid } from '@/lib/ids';
import { defaultZone } from '@/lib/instant';
import { useLang } from '@/i18n/setup';
import { ReasonList } from '@/ui/Why';

import { useWorded } from '../parts/reasons';
import { may, useCatalog, useMe, useNameOf, useRead, useSay } from '../parts/server';
import { useWindowText } from '../parts/window';
import { plainReason, type useBoardActs } from './acts';
import styles from './board.module.css';
import { useFetched } from './fetched';
import { Refusal } from './PlaceDialog';
import type { Bar, Lane } from './types';
import { useOrderWords } from './verdict';

interface Props {
  bar: Bar;
  lane: Lane;
  lanes: readonly Lane[];
  acts: ReturnType<typeof useBoardActs>;
  /** Offers to exchange engineers with another visit: for those who do not drag. */
  onSwap: (other: string) => void;
  onMove: () => void;
  onClose: () => void;
}

/** A visit of the board: what it is, why it stands there, and what may be done with it. */
export function VisitDrawer({ bar, lane, lanes, acts, onSwap, onMove, onClose }: Props) {
  const t = useDeskT();
  const lang = useLang();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const words = useOrderWords();
  const fetched = useFetched();
  const windowText = useWindowText();
  const { data: me } = useMe();
  const [busy, setBusy] = useState('');
  const [error, setError] = useState<ApiError>();
  const comma = lang === 'en' ? ', ' : '、';
  const { visit } = bar;
  const first = bar.orders[0];
  if (!visit?.id || !first) return null;
  const id = visit.id;
  const crew = (visit.crew ?? []).map((one) => lanes.find((other) => other.id === one)?.name ?? '').filter(Boolean);
  const late = bar.from - Date.parse(visit.start);

  async function act(name: string, run: () => Promise<void>) {
    setBusy(name);
    setError(undefined);
    try {
      await run();
      if (name === 'off') onClose();
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy('');
    }
  }

  return (
    <Drawer open onClose={onClose} size={380} title={first.number} mask={false}>
      <div className={styles.dialog}>
        <div>
          <StatePill kind="visit" state={visit.state} />
        </div>
        <dl className={styles.facts}>
          <dt>{t('order.service')}</dt>
          <dd>
            {bar.orders.map((order) => (
              <div key={order.id}>
                <Link to="/orders/$orderId" params={{ orderId: order.id }}>
                  {order.number}
                </Link>{' '}
                {words(order)}
              </div>
            ))}
          </dd>
          <dt>{t('order.engineer')}</dt>
          <dd>{crew.length > 0 ? crew.join(comma) : lane.name}</dd>
          <dt>{t('board.planned')}</dt>
          <dd>{windowText(visit.start, visit.end)}</dd>
          {visit.arrived_at && (
            <>
              <dt>{t('board.reality')}</dt>
              <dd>
                {windowText(bar.from, bar.to)}{' '}
                {Math.abs(late) >= 60_000 && <b>{t(late > 0 ? 'board.lateBy' : 'board.earlyBy', { time: formatDuration(late, lang) })}</b>}
              </dd>
            </>
          )}
          <dt>{t('board.promised')}</dt>
          <dd>{first.promised ? windowText(first.promised.from, first.promised.to) : t('board.promised.none')}</dd>
          {visit.parts_short && (
            <>
              <dt>{t('board.parts')}</dt>
              <dd>
                <b className={styles.short}>{t('board.partsShort')}</b>
              </dd>
            </>
          )}
          {lane.bars.filter((one) => (one.stop?.visits ?? []).includes(id)).map((one) => (
            <Fragment key={one.key}>
              <dt>{t('board.fetches')}</dt>
              <dd>{t(one.to > one.from ? 'board.fetchAt' : 'board.fetch.start', { time: formatTime(one.from, defaultZone), parts: fetched(one.stop), outlet: one.stop?.outlet_name ?? '' })}</dd>
            </Fragment>
          ))}
          {bar.leaves < bar.from && (
            <>
              <dt>{t('board.wayTo')}</dt>
              <dd>{formatDuration(bar.from - bar.leaves, lang)}</dd>
            </>
          )}
          {(first.skills ?? []).length > 0 && (
            <>
              <dt>{t('board.skill')}</dt>
              <dd>{(first.skills ?? []).map((code) => nameOf(catalog?.skills?.find((one) => one.code === code), code)).join(comma)}</dd>
            </>
          )}
          {(first.tools ?? []).length > 0 && (
            <>
              <dt>{t('board.tools')}</dt>
              <dd>{fetched({ tools: first.tools })}</dd>
            </>
          )}
        </dl>
        {bar.locked ? (
          <p className={styles.soft}>{t('board.locked')}</p>
        ) : (
          may(me, 'dispatch.assign') && (
            <div className={styles.foot}>
              <Button type="primary" onClick={onMove}>
                {t('board.move')}
              </Button>
              <Select
                aria-label={t('board.swap.choose')}
                placeholder={t('board.swap.choose')}
                style={{ minWidth: 140 }}
                value={null}
                showSearch={{ optionFilterProp: 'label' }}
                options={partners(lanes, visit.crew ?? [lane.id])}
                onChange={(other: string) => onSwap(other)}
              />
              {visit.state === 'planned' && may(me, 'orders.plan') && (
                <Button loading={busy === 'send'} onClick={() => void act('send', () => acts.send(id))}>
                  {t('board.send')}
                </Button>
              )}
              <Button loading={busy === 'off'} onClick={() => void act('off', () => acts.takeOff(bar, { operationId: uuid(), reason: plainReason }, t('board.done.off', { number: first.number })))}>
                {t('board.takeOff')}
              </Button>
            </div>
          )
        )}
        {error && <Refusal error={error} />}
        <Decisions orderId={first.id} />
      </div>
    </Drawer>
  );
}

/** Visits of others that have not begun, by engineer and time. */
function partners(lanes: readonly Lane[], crew: readonly string[]): { value: string; label: string }[] {
  return lanes
    .filter((lane) => !crew.includes(lane.id))
    .flatMap((lane) => lane.bars.flatMap((bar) => (bar.visit?.id && !bar.locked && !bar.foreign ? [{ value: bar.visit.id, label: `${lane.name} ${formatTime(bar.from, defaultZone)} ${bar.orders[0]?.number.slice(-6) ?? ''}` }] : [])));
}

/** Why an order was dispatched as it was, the newest decision first. */
function Decisions({ orderId }: { orderId: string }) {
  const t = useDeskT();
  const say = useSay();
  const worded = useWorded();
  const found = useRead(['order', orderId, 'decisions'], () => answer(api.GET('/orders/{id}/decisions', { params: { path: { id: orderId } } })));
  const list = [...(found.data?.items ?? [])].reverse();
  if (list.length === 0) return null;
  return (
    <section>
      <h3>{t('board.decisions')}</h3>
      <ul className={styles.plain}>
        {list.map((one) => (
          <li key={one.id}>
            {say(`dispatch.act.${one.act}`)}{' '}
            <small className={styles.soft}>
              <RelativeTime at={one.decided_at} />
            </small>
            <ReasonList reasons={worded(one.reasons)} />
          </li>
        ))}
      </ul>
    </section>
  );
}
