import { Block } from '@/ui/DetailPage';
import { useDeskT } from '@/i18n/desk';

import styles from '../parts/parts.module.css';
import { useMe } from '../parts/server';
import { Passkeys } from './Passkeys';
import { Sessions } from './Sessions';

/** One's own account: what signs one in, and where one is signed in. */
export function AccountPage() {
  const t = useDeskT();
  const { data: me } = useMe();
  return (
    <div className={styles.page}>
      <h1>{t('account.title')}</h1>
      <p data-own-words>
        <b>{me?.name}</b> {me?.login}
      </p>
      <Block title={t('account.passkeys')}>
        <Passkeys />
      </Block>
      <Block title={t('account.sessions')}>
        <Sessions />
      </Block>
    </div>
  );
}
