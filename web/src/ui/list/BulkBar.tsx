import { Button, Dropdown } from 'antd';
import { ChevronDown } from 'lucide-react';
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

  async function run(act: BulkAct, option = '') {
    setRunning(act.key);
    setError(undefined);
    try {
      onResult(await act.run(ids, option));
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
      {acts.map((act) => {
        const look = { size: 'small' as const, danger: act.danger ?? false, loading: running === act.key, disabled: running !== '' };
        return act.options ? (
          <Dropdown key={act.key} trigger={['click']} menu={{ items: act.options.map((one) => ({ key: one.value, label: one.label })), onClick: ({ key }) => void run(act, key), style: { maxHeight: 320, overflowY: 'auto' } }}>
            <Button {...look} icon={<ChevronDown size={14} aria-hidden />} iconPlacement="end">
              {act.label}
            </Button>
          </Dropdown>
        ) : (
          <Button key={act.key} {...look} onClick={() => void run(act)}>
            {act.label}
          </Button>
        );
      })}
      <Button size="small" type="text" onClick={onClear}>
        {t('word.clear')}
      </Button>
      <span role="status">{result && t('bulk.result', { ok: ids.length - failed, failed })}</span>
      {error && <ErrorView inline error={error} safe="unchanged" />}
    </div>
  );
}
