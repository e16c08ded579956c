import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { Plus } from 'lucide-react';
import { useState, type ReactNode, type SyntheticEvent } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { SkeletonRows } from '@/ui/list/Placeholders';

import styles from '../parts/parts.module.css';

interface Query<T> {
  data: T[] | undefined;
  error: ApiError | null;
  refetch: () => Promise<unknown>;
}

interface Props<T> {
  title: string;
  rows: Query<T>;
  rowKey: (row: T) => string;
  columns: readonly { title: string; cell: (row: T) => ReactNode; /** Many words, which may wrap. */ long?: boolean }[];
  children?: ReactNode;
}

/** A short table of set-up records, with what makes a new one above it. */
export function SimpleTable<T>({ title, rows, rowKey, columns, children }: Props<T>) {
  const t = useDeskT();
  let body: ReactNode = <SkeletonRows />;
  if (rows.error) body = <ErrorView error={rows.error} retry={() => void rows.refetch()} />;
  else if (rows.data?.length === 0) body = <p className={styles.soft}>{t('list.empty')}</p>;
  else if (rows.data) {
    body = (
      <div className={styles.table}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.title} scope="col">
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.data.map((row) => (
              <tr key={rowKey(row)}>
                {columns.map((column) => (
                  <td key={column.title} data-title={column.title} {...(column.long ? { 'data-long': true } : {})}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  }
  return (
    <section className={`${styles.page} ${styles.wide}`}>
      <h1>{title}</h1>
      {children}
      {body}
    </section>
  );
}

interface CreateProps<T> {
  label: string;
  empty: T;
  fields: (value: T, put: (change: Partial<T>) => void) => ReactNode;
  ready: (value: T) => boolean;
  /** Creates it; words to show afterwards, as a password that is shown once. */
  send: (value: T) => Promise<string | undefined>;
  stale: string;
}

/** A button that opens the form of a new record. */
export function CreateForm<T extends object>({ label, empty, fields, ready, send, stale }: CreateProps<T>) {
  const t = useDeskT();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [value, setValue] = useState(empty);
  const [error, setError] = useState<ApiError>();
  const [said, setSaid] = useState('');
  const [busy, setBusy] = useState(false);

  async function create() {
    setBusy(true);
    setError(undefined);
    try {
      setSaid((await send(value)) ?? '');
      setOpen(false);
      setValue(empty);
      await queries.invalidateQueries({ queryKey: [stale] });
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy(false);
    }
  }

  if (!open) {
    return (
      <div className={styles.row}>
        <Button type="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setOpen(true)}>
          {label}
        </Button>
        {said && <output>{said}</output>}
      </div>
    );
  }
  return (
    <form
      className={styles.form}
      onSubmit={(event: SyntheticEvent) => {
        event.preventDefault();
        void create();
      }}
    >
      <div className={styles.pair}>{fields(value, (change) => setValue({ ...value, ...change }))}</div>
      {error && <ErrorView inline error={error} safe="kept" />}
      <div className={styles.foot}>
        <Button onClick={() => setOpen(false)}>{t('word.back')}</Button>
        <Button type="primary" htmlType="submit" loading={busy} disabled={!ready(value)}>
          {t('word.create')}
        </Button>
      </div>
    </form>
  );
}
