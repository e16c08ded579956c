import { Button, Checkbox, Popover } from 'antd';
import { Columns3, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';

import type { CursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { formatCount } from '@/lib/format';
import { usePhone } from '@/lib/media';
import { useLook } from '@/theme/look';

import { BulkBar } from './BulkBar';
import { Cards } from './Cards';
import { useColumns } from './columns';
import { FilterBar } from './FilterBar';
import { Grid } from './Grid';
import styles from './list.module.css';
import type { ListState } from './listState';
import { ExportButton } from './ExportButton';
import { EmptyList, SkeletonRows } from './Placeholders';
import { Views } from './Views';
import type { BulkAct, BulkResult, Column, Filter, ListSource } from './types';
import type { ListChange } from './useListState';

interface Props<T> {
  /** Names the list in what is kept on the device. */
  id: string;
  title: string;
  list: CursorList<T>;
  rowKey: (row: T) => string;
  columns: readonly Column<T>[];
  /** The row in two or three lines, for phones and beside an open detail. */
  card: (row: T) => ReactNode;
  filters: readonly Filter[];
  /** Whether the server looks for free text in this list; without it there is no search box. */
  searchable?: boolean;
  state: ListState;
  onChange: ListChange;
  /** Detail of the chosen row; without it a row cannot be opened. */
  detail?: (id: string) => ReactNode;
  /** Buttons at the head: new, import, export. */
  actions?: ReactNode;
  /** Between the head and the filters: the form of a new record. */
  head?: ReactNode;
  bulk?: readonly BulkAct[];
  /** What the list asks the server for; with it the list can be written to a file. */
  source?: ListSource | undefined;
  /** Saved views, unless the list has no server behind it. */
  views?: boolean;
  /** What to do when there is nothing yet. */
  empty?: ReactNode;
}

/** A list of records: filters in the URL, rows as they are needed, the detail beside the list. */
export function ListPage<T>(props: Props<T>) {
  const { list, state, onChange, rowKey, detail } = props;
  const phone = usePhone();
  const { density } = useLook();
  const columns = useColumns(props.id, props.columns);
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const [result, setResult] = useState<BulkResult>();
  const isOpen = detail !== undefined && state.selected !== '';
  const filtered = state.q !== '' || Object.keys(state.filters).length > 0;

  const open = (id: string) => {
    if (detail) onChange({ selected: id });
  };
  const close = () => onChange({ selected: '' });

  function check(id: string, on: boolean) {
    const next = new Set(checked);
    if (on) next.add(id);
    else next.delete(id);
    setChecked(next);
  }

  let body: ReactNode;
  if (list.loading) body = <SkeletonRows />;
  else if (list.error && list.items.length === 0) body = <ErrorView error={list.error} retry={list.reload} />;
  else if (list.items.length === 0) body = <EmptyList filtered={filtered} onClear={() => onChange({ q: '', filters: {} })} hint={props.empty} />;
  else if (phone || isOpen) {
    body = <Cards label={props.title} list={list} rowKey={rowKey} card={props.card} selected={state.selected} open={open} close={close} />;
  } else {
    body = (
      <Grid
        label={props.title}
        list={list}
        columns={columns.shown}
        rowKey={rowKey}
        rowHeight={density === 'compact' ? 34 : 44}
        selected={state.selected}
        open={open}
        close={close}
        sort={state.sort}
        onSort={(sort) => onChange({ sort })}
        {...(props.bulk
          ? { checked, onCheck: check, onCheckAll: (on: boolean) => setChecked(new Set(on ? list.items.map(rowKey) : [])), refused: result?.refused }
          : {})}
      />
    );
  }

  return (
    <div className={styles.page} data-open={isOpen || undefined}>
      <section className={styles.list} hidden={phone && isOpen} aria-label={props.title}>
        <ListHead title={props.title} total={list.total} over={list.totalOver} actions={props.actions}>
          {!phone && !isOpen && props.views !== false && (
            <Views
              page={props.id}
              state={state}
              columns={columns.shown.map((column) => column.key)}
              onApply={(view) => {
                columns.choose(view.columns);
                onChange({ q: view.q, filters: view.filters, sort: view.sort });
              }}
            />
          )}
          {!phone && !isOpen && props.source && <ExportButton title={props.title} columns={columns.shown} source={props.source} />}
          {!phone && !isOpen && <ColumnChoice all={props.columns} shown={columns.shown} toggle={columns.toggle} reset={columns.reset} />}
        </ListHead>
        {props.head && !isOpen && <div className={styles.form}>{props.head}</div>}
        <FilterBar filters={props.filters} searchable={props.searchable ?? true} state={state} onChange={onChange} />
        {list.error && list.items.length > 0 && <ErrorView inline error={list.error} retry={list.reload} />}
        {body}
        {props.bulk && checked.size > 0 && (
          <BulkBar acts={props.bulk} ids={[...checked]} result={result} onResult={setResult} onClear={() => setChecked(new Set())} />
        )}
      </section>
      {isOpen && <DetailPane onClose={close}>{detail(state.selected)}</DetailPane>}
    </div>
  );
}

interface HeadProps {
  title: string;
  total: number | undefined;
  over: boolean;
  actions: ReactNode;
  children: ReactNode;
}

function ListHead({ title, total, over, actions, children }: HeadProps) {
  const t = useDeskT();
  const lang = useLang();
  let count = '';
  if (total !== undefined) {
    count = over ? t('list.totalMore', { text: formatCount(total, lang, lang === 'en') }) : t('list.total', { count: total });
  }
  return (
    <header className={styles.head}>
      <h1>{title}</h1>
      <span className={styles.count}>{count}</span>
      <span className={styles.actions}>
        {children}
        {actions}
      </span>
    </header>
  );
}

interface ChoiceProps<T> {
  all: readonly Column<T>[];
  shown: readonly Column<T>[];
  toggle: (key: string) => void;
  reset: () => void;
}

function ColumnChoice<T>({ all, shown, toggle, reset }: ChoiceProps<T>) {
  const t = useDeskT();
  const content = (
    <div className={styles.choice}>
      {all.map((column) => (
        <Checkbox key={column.key} checked={shown.includes(column)} onChange={() => toggle(column.key)}>
          {column.title}
        </Checkbox>
      ))}
      <Button size="small" onClick={reset}>
        {t('list.columns.reset')}
      </Button>
    </div>
  );
  return (
    <Popover trigger="click" placement="bottomRight" content={content}>
      <Button type="text" icon={<Columns3 size={16} aria-hidden />}>
        {t('list.columns')}
      </Button>
    </Popover>
  );
}

function DetailPane({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const t = useDeskT();
  return (
    <section
      className={styles.detail}
      aria-label={t('list.detail')}
    >
      <Button className={styles.close ?? ''} type="text" aria-label={t('list.detail.close')} icon={<X size={18} aria-hidden />} onClick={onClose} />
      {children}
    </section>
  );
}
