import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer, Input } from 'antd';
import { Copy, Plus, Search } from 'lucide-react';
import { useState, type ReactNode } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { copyWords } from '@/lib/copy';
import { usePhone } from '@/lib/media';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { useListState } from '@/ui/list/useListState';
import { usePlace } from '@/ui/place';

import styles from '../parts/parts.module.css';
import { ScrollBox } from '../parts/ScrollBox';
import { EditForm } from './EditForm';

export { EditForm };

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
  /** What a row is called; also what the search box looks into. */
  name?: (row: T) => string;
  /** Opens beside the table when a row is chosen; the URL says which. */
  detail?: (row: T, close: () => void) => ReactNode;
  empty?: string;
}

/** Rows from which a table gets a search box. */
const searchedFrom = 15;

/** A short table of set-up records, with what makes a new one above it and the chosen one beside it. */
export function SimpleTable<T>(props: Props<T>) {
  const { title, rows, rowKey, columns, children, name, detail } = props;
  const t = useDeskT();
  const phone = usePhone();
  const { about } = usePlace();
  const [state, change] = useListState([]);
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const shown = rows.data?.filter((row) => wanted === '' || name === undefined || name(row).toLowerCase().includes(wanted));
  const close = () => change({ selected: '' });
  const chosen = detail && state.selected !== '' ? rows.data?.find((row) => rowKey(row) === state.selected) : undefined;
  let body: ReactNode = <SkeletonRows />;
  if (rows.error) body = <ErrorView error={rows.error} retry={() => void rows.refetch()} />;
  else if (shown?.length === 0) {
    body = (
      <p className={styles.soft}>
        {wanted === '' ? (props.empty ?? t('list.empty')) : t('list.emptyFiltered')}
        {wanted === '' && about !== undefined && (
          <>
            <br />
            {about}
          </>
        )}
      </p>
    );
  }
  else if (shown) {
    body = (
      <ScrollBox label={title}>
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
            {shown.map((row) => (
              <tr key={rowKey(row)}>
                {columns.map((column, index) => (
                  <td key={column.title} data-title={column.title} {...(column.long ? { 'data-long': true } : {})}>
                    {detail && index === 0 ? (
                      <button type="button" className="quiet-button" onClick={() => change({ selected: rowKey(row) })}>
                        {column.cell(row)}
                      </button>
                    ) : (
                      column.cell(row)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    );
  }
  return (
    <section className={`${styles.page} ${styles.wide}`}>
      <div className={`${styles.spread} ${styles.wraps}`}>
        <h1>{title}</h1>
        {name && (rows.data?.length ?? 0) >= searchedFrom && (
          <Input className={styles.choose ?? ''} allowClear prefix={<Search size={14} aria-hidden />} aria-label={t('list.search')} placeholder={t('list.search')} value={text} onChange={(event) => setText(event.target.value)} />
        )}
      </div>
      {children}
      {body}
      {chosen !== undefined && detail && (
        <Drawer open onClose={close} title={<span data-own-words>{name?.(chosen)}</span>} size={phone ? '100%' : 560}>
          <div className={styles.stack}>{detail(chosen, close)}</div>
        </Drawer>
      )}
    </section>
  );
}

interface CreateProps<T> {
  label: string;
  empty: T;
  fields: (value: T, put: (change: Partial<T>) => void) => ReactNode;
  ready: (value: T) => boolean;
  /** Creates it; a secret to show once afterwards. */
  send: (value: T) => Promise<string | undefined>;
  stale: string;
}

/** A button that opens the form of a new record. */
export function CreateForm<T extends object>({ label, empty, fields, ready, send, stale }: CreateProps<T>) {
  const t = useDeskT();
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState('');
  if (!open) {
    return (
      <div className={styles.row}>
        <Button type="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setOpen(true)}>
          {label}
        </Button>
        {said && <OnceShown words={said} onClose={() => setSaid('')} />}
      </div>
    );
  }
  return (
    <EditForm
      initial={empty}
      fields={fields}
      ready={ready}
      send={async (value) => setSaid((await send(value)) ?? '')}
      stale={[stale]}
      label={t('word.create')}
      onDone={() => setOpen(false)}
      onCancel={() => setOpen(false)}
    />
  );
}

/** A password or key that nobody will see again: it stays until it is put away. */
export function OnceShown({ words, onClose }: { words: string; onClose: () => void }) {
  const t = useDeskT();
  const [copied, setCopied] = useState(false);
  return (
    <div className={styles.once} role="status">
      <output>{words}</output>
      <span className={styles.row}>
        <Button size="small" icon={<Copy size={14} aria-hidden />} onClick={() => void copyWords(words).then(setCopied)}>
          {t(copied ? 'set.copied' : 'set.copy')}
        </Button>
        <Button size="small" onClick={onClose}>
          {t('set.keptSafe')}
        </Button>
      </span>
    </div>
  );
}

interface DoProps {
  label: string;
  act: () => Promise<unknown>;
  stale: readonly string[];
  danger?: boolean;
  disabled?: boolean;
  onDone?: () => void;
}

/** One act as a small button; a refusal shows beside it. */
export function Do({ label, act, stale, danger = false, disabled = false, onDone }: DoProps) {
  const { message } = App.useApp();
  const t = useDeskT();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  async function run() {
    setBusy(true);
    try {
      await act();
      onDone?.();
    } catch (thrown) {
      const failure = asApiError(thrown);
      void message.error(failure.words || t('error.title'));
    } finally {
      setBusy(false);
      await Promise.all(stale.map((key) => queries.invalidateQueries({ queryKey: [key] })));
    }
  }
  return (
    <Button size="small" danger={danger} disabled={disabled} loading={busy} onClick={() => void run()}>
      {label}
    </Button>
  );
}

/** The header by which a change is refused when somebody else was faster. */
export const ifMatch = (version: number) => ({ 'If-Match': `"${version}"` });
