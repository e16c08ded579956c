import { useQueryClient } from '@tanstack/react-query';
import { App, Button, ConfigProvider } from 'antd';
import { useState, type ReactNode, type SyntheticEvent } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { useLook } from '@/theme/look';

import styles from '../parts/parts.module.css';
import { mergeEdits } from './mergeEdits';

interface FormProps<T> {
  initial: T;
  fields: (value: T, put: (change: Partial<T>) => void) => ReactNode;
  ready?: (value: T) => boolean;
  /** Sends it; words to show afterwards. */
  send: (value: T) => Promise<unknown>;
  /** Keys of what is read again afterwards. */
  stale: readonly string[];
  label?: string;
  onDone?: (() => void) | undefined;
  onCancel?: (() => void) | undefined;
  /** One column, as in a drawer. */
  narrow?: boolean;
}

/**
 * A form over a record: Enter sends, a refusal leaves what was typed, what was changed is read again. When the record
 * changes under it, fields that nobody touched follow; where both changed, the other version is shown beside the own one.
 */
export function EditForm<T extends object>({ initial, fields, ready, send, stale, label, onDone, onCancel, narrow = false }: FormProps<T>) {
  const t = useDeskT();
  const { message } = App.useApp();
  const { palette } = useLook();
  const queries = useQueryClient();
  const [value, setValue] = useState(initial);
  const [base, setBase] = useState(initial);
  const [clash, setClash] = useState(false);
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const allowed = ready?.(value) ?? true;

  const merged = mergeEdits(base, value, initial);
  if (merged) {
    setBase(initial);
    setValue(merged.value);
    setClash(merged.clash);
  }

  async function save() {
    if (!allowed || busy) return;
    setBusy(true);
    setError(undefined);
    const refresh = () => Promise.all(stale.map((key) => queries.invalidateQueries({ queryKey: [key] })));
    try {
      await send(value);
      setClash(false);
      await refresh();
      void message.success(t('set.saved'));
      onDone?.();
    } catch (thrown) {
      const failure = asApiError(thrown);
      setError(failure);
      // Somebody was faster: their version is read, so that both can be seen and the next try is about it.
      if (failure.conflict) await refresh();
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      className={styles.form}
      onSubmit={(event: SyntheticEvent) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className={narrow ? styles.stack : styles.pair}>{fields(value, (change) => setValue((before) => ({ ...before, ...change })))}</div>
      {error && <ErrorView inline error={error} safe="kept" />}
      {clash && (
        <section className={styles.theirs} aria-label={t('set.theirs')}>
          <b>{t('set.theirs')}</b>
          <ConfigProvider componentDisabled theme={{ token: { colorTextDisabled: palette.text } }}>
            <div className={narrow ? styles.stack : styles.pair}>{fields(base, () => undefined)}</div>
          </ConfigProvider>
          <div className={styles.foot}>
            <Button
              onClick={() => {
                setValue(base);
                setClash(false);
                setError(undefined);
              }}
            >
              {t('set.takeTheirs')}
            </Button>
          </div>
        </section>
      )}
      <div className={styles.foot}>
        {onCancel && <Button onClick={onCancel}>{t('word.back')}</Button>}
        <Button type="primary" htmlType="submit" loading={busy} disabled={!allowed}>
          {clash ? t('set.saveMine') : (label ?? t('word.save'))}
        </Button>
      </div>
    </form>
  );
}
