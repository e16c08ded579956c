import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { deviceOf } from '@/lib/agent';

import styles from '../parts/parts.module.css';
import { useRead } from '../parts/server';

/** Where the person is signed in; every other device can be signed out. */
export function Sessions() {
  const t = useDeskT();
  const queries = useQueryClient();
  const read = useRead(['sessions'], async () => (await answer(api.GET('/me/sessions'))).items ?? []);
  if (read.error) return <ErrorView inline error={read.error} retry={() => void read.refetch()} />;
  const end = async (session: string) => {
    await answer(api.DELETE('/me/sessions/{session}', { params: { path: { session } } }));
    await queries.invalidateQueries({ queryKey: ['sessions'] });
  };
  return (
    <ul className={styles.lines}>
      {(read.data ?? []).map((one) => (
        <li key={one.id}>
          <span translate="no" data-own-words title={one.agent}>
            {deviceOf(one.agent)} <small className={styles.soft}>{one.address}</small>
          </span>
          <small className={styles.soft}>
            <RelativeTime at={one.seen_at} />
          </small>
          {one.current ? (
            <Pill tone="good" label={t('account.here')} />
          ) : (
            <Button size="small" onClick={() => void end(one.id)}>
              {t('account.end')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
