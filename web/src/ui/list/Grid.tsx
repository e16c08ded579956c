import { ArrowDown, ArrowUp } from 'lucide-react';
import { useId } from 'react';

import type { CursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { cx } from '@/lib/classes';

import styles from './grid.module.css';
import type { Column } from './types';
import { useRows } from './useRows';

interface Props<T> {
  label: string;
  list: CursorList<T>;
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  rowHeight: number;
  selected: string;
  open: (id: string) => void;
  close: () => void;
  sort: string;
  onSort: (sort: string) => void;
  /** Checked rows, where the list has bulk acts. */
  checked?: ReadonlySet<string> | undefined;
  onCheck?: ((id: string, on: boolean) => void) | undefined;
  onCheckAll?: ((on: boolean) => void) | undefined;
  /** Why a row of the last bulk act was refused. */
  refused?: Record<string, string> | undefined;
}

const checkWidth = 40;

/** The list as a table: sticky head, virtual rows, one active row for the keyboard. */
export function Grid<T>(props: Props<T>) {
  const { label, list, columns, rowKey, rowHeight, selected, open, close, checked, onCheck, onCheckAll, refused } = props;
  const t = useDeskT();
  const id = useId();
  const { items } = list;
  const { setScroller, height, items: rows, active, setActive, onKeyDown } = useRows({
    count: items.length,
    rowHeight,
    hasMore: list.hasMore,
    more: list.more,
    open: (index) => {
      const row = items[index];
      if (row) open(rowKey(row));
    },
    close,
    initial: items.findIndex((row) => rowKey(row) === selected),
  });
  const template = [...(checked ? [`${checkWidth}px`] : []), ...columns.map((column) => (column.grow ? `minmax(${column.width}px, ${column.grow}fr)` : `${column.width}px`))].join(' ');
  const minWidth = columns.reduce((sum, column) => sum + column.width, checked ? checkWidth : 0);
  const line = { gridTemplateColumns: template, minWidth };

  return (
    <div ref={setScroller} className={styles.scroller}>
      <div
        role="grid"
        tabIndex={0}
        className={styles.grid}
        aria-label={label}
        aria-busy={list.loading || list.loadingMore}
        aria-rowcount={list.hasMore ? -1 : items.length + 1}
        aria-activedescendant={items.length > 0 ? `${id}-${active}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div role="row" aria-rowindex={1} className={cx(styles.row, styles.head)} style={line}>
          {checked && (
            <div role="columnheader" className={styles.cell}>
              <input type="checkbox" aria-label={t('list.selectAll')} checked={checked.size > 0 && checked.size === items.length} onChange={(event) => onCheckAll?.(event.target.checked)} />
            </div>
          )}
          {columns.map((column) => (
            <HeadCell key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
          ))}
        </div>
        <div role="rowgroup" className={styles.body} style={{ height, minWidth }}>
          {rows.map(({ index, start }) => {
            const row = items[index];
            if (!row) return null;
            const key = rowKey(row);
            const why = refused?.[key];
            return (
              <div
                key={key}
                id={`${id}-${index}`}
                role="row"
                tabIndex={-1}
                aria-rowindex={index + 2}
                aria-selected={key === selected}
                data-active={index === active || undefined}
                data-refused={why !== undefined || undefined}
                title={why}
                className={styles.row}
                style={{ ...line, height: rowHeight, transform: `translateY(${start}px)` }}
                onClick={() => {
                  setActive(index);
                  open(key);
                }}
                onKeyDown={(event) => {
                  if (event.target === event.currentTarget && event.key === 'Enter') open(key);
                }}
              >
                {checked && (
                  <div role="gridcell" className={styles.cell}>
                    <input
                      type="checkbox"
                      aria-label={t('list.select')}
                      checked={checked.has(key)}
                      onClick={(event) => event.stopPropagation()}
                      onChange={(event) => onCheck?.(key, event.target.checked)}
                    />
                  </div>
                )}
                {columns.map((column) => (
                  <div key={column.key} role="gridcell" className={cx(styles.cell, column.align === 'end' && styles.end)}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface HeadProps<T> {
  column: Column<T>;
  sort: string;
  onSort: (sort: string) => void;
}

function HeadCell<T>({ column, sort, onSort }: HeadProps<T>) {
  const className = cx(styles.cell, column.align === 'end' && styles.end);
  if (!column.sort) {
    return (
      <div role="columnheader" className={className}>
        {column.title}
      </div>
    );
  }
  const key = column.sort;
  const order = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none';
  const next = { none: key, ascending: `-${key}`, descending: '' }[order];
  return (
    <div role="columnheader" className={className} aria-sort={order}>
      <button type="button" className={styles.sort} onClick={() => onSort(next)}>
        {column.title}
        {order === 'ascending' && <ArrowUp size={12} aria-hidden />}
        {order === 'descending' && <ArrowDown size={12} aria-hidden />}
      </button>
    </div>
  );
}
