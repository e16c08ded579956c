import { useId, type ReactNode } from 'react';

import type { CursorList } from '@/api/query';

import styles from './cards.module.css';
import { useRows } from './useRows';

interface Props<T> {
  label: string;
  list: CursorList<T>;
  rowKey: (row: T) => string;
  /** Two or three lines, name first; nothing in it can be pressed by itself. */
  card: (row: T) => ReactNode;
  selected: string;
  open: (id: string) => void;
  close: () => void;
}

/** The list as cards: on a phone, and beside an open detail. */
export function Cards<T>({ label, list, rowKey, card, selected, open, close }: Props<T>) {
  const id = useId();
  const { items } = list;
  const { setScroller, measure, height, items: rows, active, setActive, onKeyDown } = useRows({
    count: items.length,
    rowHeight: 84,
    hasMore: list.hasMore,
    more: list.more,
    open: (index) => {
      const row = items[index];
      if (row) open(rowKey(row));
    },
    close,
    initial: items.findIndex((row) => rowKey(row) === selected),
  });
  return (
    <div ref={setScroller} className={styles.scroller}>
      <div
        role="listbox"
        tabIndex={0}
        aria-label={label}
        aria-busy={list.loading || list.loadingMore}
        aria-activedescendant={items.length > 0 ? `${id}-${active}` : undefined}
        className={styles.list}
        style={{ height }}
        onKeyDown={onKeyDown}
      >
        {rows.map(({ index, start }) => {
          const row = items[index];
          if (!row) return null;
          const key = rowKey(row);
          return (
            <div
              key={key}
              id={`${id}-${index}`}
              ref={measure}
              data-index={index}
              role="option"
              tabIndex={-1}
              aria-selected={key === selected}
              aria-posinset={index + 1}
              aria-setsize={list.hasMore ? -1 : items.length}
              data-active={index === active || undefined}
              className={styles.card}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => {
                setActive(index);
                open(key);
              }}
              onKeyDown={(event) => {
                if (event.target === event.currentTarget && event.key === 'Enter') open(key);
              }}
            >
              {card(row)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
