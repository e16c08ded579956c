import { Button } from 'antd';
import { useState } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';

import styles from './list.module.css';
import type { BulkAct, BulkResult } from './types';

interface Props {
  acts: readonly BulkAct[];
  ids: readonly string[];
  result: BulkResult | undefined;
  onResult: (result: BulkResult) => void;
  onClear: () => void;
}

/** Acts on the checked rows; what was refused stays marked in the rows. */
export function BulkBar({ acts, ids, result, onResult, onClear }: Props) {
  const t = useDeskT();
  const [running, setRunning] = useState('');
  const [error, setError] = useState<ApiError>();

  async function run(act: BulkAct) {
    setRunning(act.key);
    setError(undefined);
    try {
      onResult(await act.run(ids));
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setRunning('');
    }
  }

  const failed = result ? Object.keys(result.refused).length : 0;
  return (
    <div className={styles.bulk}>
      <b>{t('list.selected', { count: ids.length })}</b>
      {acts.map((act) => (
        <Button key={act.key} size="small" danger={act.danger ?? false} loading={running === act.key} disabled={running !== ''} onClick={() => void run(act)}>
          {act.label}
        </Button>
      ))}
      <Button size="small" type="text" onClick={onClear}>
        {t('word.clear')}
      </Button>
      <span role="status">{result && t('bulk.result', { ok: ids.length - failed, failed })}</span>
      {error && <ErrorView inline error={error} safe="unchanged" />}
    </div>
  );
}
