import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Modal } from 'antd';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { addPasskey, knowsPasskeys, PasskeyStopped } from '@/api/passkey';
import { asApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';

import { TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useRead } from '../parts/server';
import own from './account.module.css';

/** The passkeys of the person: added with the password, renamed, removed. */
export function Passkeys() {
  const t = useDeskT();
  const queries = useQueryClient();
  const read = useRead(['passkeys'], async () => (await answer(api.GET('/me/passkeys'))) ?? []);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<string>();
  const [renaming, setRenaming] = useState<{ id: string; name: string }>();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const [codes, setCodes] = useState<readonly string[]>([]);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setError('');
    try {
      await work();
      await queries.invalidateQueries({ queryKey: ['passkeys'] });
    } catch (thrown) {
      setError(thrown instanceof PasskeyStopped ? t('signIn.passkey.stopped') : asApiError(thrown).words || t('error.title'));
    } finally {
      setBusy(false);
    }
  };
  const add = () =>
    run(async () => {
      const made = await addPasskey(password, name);
      setCodes(made.recovery_codes ?? []);
      setAdding(false);
      setName('');
      setPassword('');
    });
  const rename = (id: string, next: string) =>
    run(async () => {
      await answer(api.PATCH('/me/passkeys/{id}', { params: { path: { id } }, body: { name: next } }));
      setRenaming(undefined);
    });
  const remove = (id: string) =>
    run(async () => {
      await answer(api.POST('/me/passkeys/{id}/remove', { params: { path: { id } }, body: { password } }));
      setRemoving(undefined);
      setPassword('');
    });
  if (read.error) return <ErrorView inline error={read.error} retry={() => void read.refetch()} />;
  return (
    <div className={own.stack}>
      <p className={styles.soft}>{t('passkey.why')}</p>
      {codes.length > 0 && (
        <Alert
          type="warning"
          showIcon
          closable
          title={t('passkey.codes')}
          description={<code translate="no">{codes.join('  ')}</code>}
        />
      )}
      {error !== '' && !adding && !renaming && !removing && (
        <p role="alert" className={styles.error}>
          {error}
        </p>
      )}
      {read.data?.length === 0 && <p className={styles.soft}>{t('passkey.none')}</p>}
      <ul className={styles.lines}>
        {(read.data ?? []).map((one) => (
          <li key={one.id}>
            <b data-own-words>{one.name}</b>
            {one.synced && <Pill tone="neutral" label={t('passkey.synced')} />}
            {one.cloned_at && <Pill tone="bad" label={t('passkey.cloned')} />}
            <small className={styles.soft}>
              {t('passkey.added')} <RelativeTime at={one.created_at} />
              {one.used_at && (
                <>
                  {' · '}
                  {t('passkey.used')} <RelativeTime at={one.used_at} />
                </>
              )}
            </small>
            <Button size="small" onClick={() => setRenaming({ id: one.id, name: one.name })}>
              {t('passkey.rename')}
            </Button>
            <Button size="small" danger disabled={busy} onClick={() => setRemoving(one.id)}>
              {t('passkey.remove')}
            </Button>
          </li>
        ))}
      </ul>
      {knowsPasskeys() ? (
        <Button className={own.add ?? ''} icon={<KeyRound size={16} aria-hidden />} onClick={() => setAdding(true)}>
          {t('passkey.add')}
        </Button>
      ) : (
        <p className={styles.soft}>{t('passkey.unknown')}</p>
      )}
      <Modal open={adding} title={t('passkey.add')} okText={t('passkey.go')} confirmLoading={busy} okButtonProps={{ disabled: name.trim() === '' || password === '' }} onOk={() => void add()} onCancel={() => setAdding(false)}>
        <TextField label={t('passkey.name')} value={name} onChange={setName} />
        <TextField label={t('signin.password')} type="password" value={password} onChange={setPassword} />
        {error !== '' && (
          <p role="alert" className={styles.error}>
            {error}
          </p>
        )}
      </Modal>
      <Modal open={removing !== undefined} title={t('passkey.remove')} okText={t('passkey.remove')} confirmLoading={busy} okButtonProps={{ danger: true, disabled: password === '' }} onOk={() => removing && void remove(removing)} onCancel={() => setRemoving(undefined)}>
        <TextField label={t('signin.password')} type="password" value={password} onChange={setPassword} />
        {error !== '' && (
          <p role="alert" className={styles.error}>
            {error}
          </p>
        )}
      </Modal>
      <Modal
        open={renaming !== undefined}
        title={t('passkey.rename')}
        confirmLoading={busy}
        okButtonProps={{ disabled: (renaming?.name.trim() ?? '') === '' }}
        onOk={() => renaming && void rename(renaming.id, renaming.name)}
        onCancel={() => setRenaming(undefined)}
      >
        <TextField label={t('passkey.name')} value={renaming?.name ?? ''} onChange={(next) => renaming && setRenaming({ ...renaming, name: next })} />
      </Modal>
    </div>
  );
}
