import { useVirtualizer } from '@tanstack/react-virtual';
import { Input, Select } from 'antd';
import { memo, useState } from 'react';

import { useDeskT } from '@/i18n/desk';
import { usePhone } from '@/lib/media';

import { useCatalog, useNameOf } from '../parts/server';
import { useWindowText } from '../parts/window';
import styles from './board.module.css';
import type { Drag } from './drag';
import { workOfOrder } from './lanes';
import type { DayOrder } from './types';
import type { BoardState } from './useBoardState';
import { useOrderWords } from './verdict';

const cardHeight = 72;

interface Props {
  orders: readonly DayOrder[];
  more: boolean;
  state: BoardState;
  put: (change: { q?: string; skill?: string | undefined; priority?: string | undefined; order?: string }) => void;
  drag: Drag;
}

/** Whether an order passes the filters of what waits. */
function passes(order: DayOrder, words: string, { q, skill, priority }: Pick<BoardState, 'q' | 'skill' | 'priority'>): boolean {
  if (skill && !(order.skills ?? []).includes(skill)) return false;
  if (priority && order.priority !== priority) return false;
  const text = q.trim().toLowerCase();
  return text === '' || `${order.number} ${words}`.toLowerCase().includes(text);
}

/** What waits to be planned: to be dragged onto the board, or placed by a dialog. */
export const OpenList = memo(function OpenList({ orders, more, state, put, drag }: Props) {
  const t = useDeskT();
  const words = useOrderWords();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const phone = usePhone();
  const windowText = useWindowText();
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const shown = orders.filter((order) => passes(order, words(order), state));
  const virtual = useVirtualizer({ count: shown.length, getScrollElement: () => scroller, estimateSize: () => cardHeight, overscan: 6, useFlushSync: false });
  const skills = [...new Set(orders.flatMap((order) => order.skills ?? []))].map((code) => ({ value: code, label: nameOf(catalog?.skills?.find((one) => one.code === code), code) }));
  const priorities = [...new Set(orders.map((order) => order.priority))].sort().map((value) => ({ value, label: value }));
  return (
    <section className={styles.side} aria-label={t('board.open')}>
      <header>
        <h2>
          {t('board.open')} <small>{shown.length < orders.length ? t('board.openOf', { shown: shown.length, all: orders.length }) : `${orders.length}${more ? '+' : ''}`}</small>
        </h2>
        {orders.length > 0 && (
          <>
            <Input allowClear aria-label={t('board.find')} placeholder={t('board.find')} value={state.q} onChange={(event) => put({ q: event.target.value })} />
            <div className={styles.pair}>
              <Select allowClear aria-label={t('board.skill')} placeholder={t('board.skill')} value={state.skill ?? null} options={skills} onChange={(value: string | null | undefined) => put({ skill: value ?? undefined })} />
              <Select allowClear aria-label={t('case.priority')} placeholder={t('case.priority')} value={state.priority ?? null} options={priorities} onChange={(value: string | null | undefined) => put({ priority: value ?? undefined })} />
            </div>
          </>
        )}
      </header>
      {shown.length === 0 ? (
        <p className={styles.note}>{t(orders.length === 0 ? 'board.open.none' : 'board.open.filtered')}</p>
      ) : (
        <div ref={setScroller} className={styles.cards}>
          <div style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, start }) => {
              const order = shown[index];
              if (!order) return null;
              const window = order.promised ?? order.wanted;
              return (
                <button
                  key={order.id}
                  type="button"
                  className={styles.card}
                  style={{ transform: `translateY(${start}px)` }}
                  data-order={order.id}
                  aria-current={state.order === order.id || undefined}
                  title={phone ? undefined : t('board.card.help')}
                  onPointerDown={(event) => {
                    if (!phone) drag.press(event.nativeEvent, workOfOrder(order), 0);
                  }}
                  onContextMenu={(event) => event.preventDefault()}
                  onClick={() => put({ order: order.id })}
                >
                  <span>
                    <b>{words(order)}</b>
                    <em data-priority={order.priority}>{order.priority}</em>
                  </span>
                  <small>
                    {order.number} · {t('board.minutes', { minutes: order.minutes })}
                    {order.crew > 1 && ` · ${t('board.crew', { crew: order.crew })}`}
                  </small>
                  <small>
                    {order.promised && <i className={styles.promise} aria-hidden style={{ display: 'inline-block', marginRight: 4 }} />}
                    {window ? `${t(order.promised ? 'board.promised' : 'board.wanted')} ${windowText(window.from, window.to)}` : t('board.anyTime')}
                  </small>
                </button>
              );
            })}
          </div>
        </div>
      )}
    </section>
  );
});
