import { Button, Input, Select } from 'antd';
import { useId, useState, type SyntheticEvent } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { KeyRing } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';

import type { Act, ActInput } from './actTypes';
import styles from './acts.module.css';

interface Props {
  act: Act;
  onAct: (act: Act, input: ActInput) => Promise<void>;
  onClose: () => void;
}

/** The small form of one act; Enter sends, a refusal leaves what was typed. */
export function ActForm({ act, onAct, onClose }: Props) {
  const t = useDeskT();
  const id = useId();
  const [ring] = useState(() => new KeyRing());
  const [reason, setReason] = useState('');
  const [note, setNote] = useState('');
  const [extra, setExtra] = useState<Record<string, unknown>>({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const wantsNote = act.note === 'required' || act.note === 'optional';
  const ready = (!act.reasons || reason !== '') && (act.note !== 'required' || note.trim() !== '');

  async function send() {
    if (!ready || busy) return;
    setBusy(true);
    setError(undefined);
    const input = { reason, note: note.trim(), extra };
    try {
      await onAct(act, { ...input, operationId: ring.of(input) });
      onClose();
    } catch (thrown) {
      const failure = asApiError(thrown);
      if (!failure.passing) ring.settle();
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      className={styles.form}
      onSubmit={(event: SyntheticEvent) => {
        event.preventDefault();
        void send();
      }}
    >
      {act.consequence && <p className={styles.consequence}>{act.consequence}</p>}
      {act.reasons && (
        <label htmlFor={`${id}-reason`}>
          {t('act.reason')}
          <Select
            id={`${id}-reason`}
            autoFocus
            showSearch={{ optionFilterProp: 'label' }}
            placeholder={t('act.reason.choose')}
            options={act.reasons.map((one) => ({ ...one }))}
            value={reason === '' ? null : reason}
            onChange={(value) => setReason(value)}
          />
        </label>
      )}
      {act.fields?.(extra, setExtra)}
      {wantsNote && (
        <label htmlFor={`${id}-note`}>
          <span>
            {t('act.note')} {act.note === 'required' && <small>{t('word.required')}</small>}
          </span>
          <Input.TextArea
            id={`${id}-note`}
            autoFocus={!act.reasons}
            autoSize={{ minRows: 2, maxRows: 6 }}
            maxLength={2000}
            value={note}
            onChange={(event) => setNote(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
            }}
          />
          <small>{t('act.note.help')}</small>
        </label>
      )}
      {error && <ErrorView inline error={error} safe="kept" {...(error.passing ? { retry: () => void send() } : {})} />}
      <div className={styles.foot}>
        <Button onClick={onClose}>{t('word.back')}</Button>
        <Button type="primary" htmlType="submit" danger={act.danger ?? false} loading={busy} disabled={!ready}>
          {act.label}
        </Button>
      </div>
    </form>
  );
}
