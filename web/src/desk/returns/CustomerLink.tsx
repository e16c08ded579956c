import { Button } from 'antd';
import { useState } from 'react';

import { call } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { uuid } from '@/lib/ids';
import { Block } from '@/ui/DetailPage';

import styles from '../parts/parts.module.css';
import { may, useMe } from '../parts/server';

/** Makes the customer's page: sends it by message, and shows its address for whoever chats with the customer. */
export function CustomerLink({ path, body }: { path: string; body: Record<string, unknown> }) {
  const t = useDeskT();
  const { data: me } = useMe();
  const [url, show] = useState('');
  const [error, fail] = useState<ApiError>();
  if (!may(me, 'returns.request')) return undefined;
  const make = async () => {
    fail(undefined);
    try {
      show(await call('POST', path, { body, headers: { 'Idempotency-Key': uuid() } }, (made) => (made as { url: string }).url));
    } catch (thrown) {
      fail(asApiError(thrown));
    }
  };
  return (
    <Block title={t('return.link')}>
      <p className={styles.soft}>{t('return.link.help')}</p>
      {url === '' ? (
        <Button size="small" onClick={() => void make()}>
          {t('return.link.make')}
        </Button>
      ) : (
        <a href={url} target="_blank" rel="noreferrer" data-own-words>
          {url}
        </a>
      )}
      {error && <ErrorView inline error={error} />}
    </Block>
  );
}
