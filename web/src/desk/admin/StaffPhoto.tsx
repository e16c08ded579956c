import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { Upload, UserRound } from 'lucide-react';
import { useRef, useState } from 'react';

import { answer, api, call } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { uuid } from '@/lib/ids';
import { Block } from '@/ui/DetailPage';

import styles from '../parts/parts.module.css';
import { may, useMe, useRead } from '../parts/server';

/** The photo by which customers know who comes to them. */
export function StaffPhoto({ id, name }: { id: string; name: string }) {
  const t = useDeskT();
  const queries = useQueryClient();
  const { data: me } = useMe();
  const chooser = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const files = useRead(['files', 'staff', id], async () => (await answer(api.GET('/files', { params: { query: { record_kind: 'staff', record_id: id } } }))) ?? []).data;
  const photo = files?.findLast((one) => one.purpose === 'avatar');

  async function send(file: File | undefined) {
    if (!file) return;
    setBusy(true);
    setError(undefined);
    try {
      const fileId = uuid();
      await call('PUT', `/files/${fileId}?purpose=avatar&name=${encodeURIComponent(file.name)}`, { body: file, headers: { 'Content-Type': 'application/octet-stream' } }, (body) => body);
      await answer(api.PUT('/staff/{id}/photo', { params: { path: { id } }, body: { file: fileId } }));
      await queries.invalidateQueries({ queryKey: ['files', 'staff', id] });
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy(false);
      if (chooser.current) chooser.current.value = '';
    }
  }

  return (
    <Block title={t('photo.title')}>
      <div className={styles.photo}>
        {photo?.thumb ? <img src={photo.thumb} alt={name} width={96} height={96} /> : <UserRound size={48} aria-label={t('photo.none')} role="img" />}
        <div className={styles.stack}>
          <span className={styles.soft}>{t('photo.about')}</span>
          {may(me, 'workforce.write') && (
            <div>
              <input ref={chooser} type="file" accept="image/*" hidden aria-label={t('photo.choose')} onChange={(event) => void send(event.target.files?.[0])} />
              <Button size="small" loading={busy} icon={<Upload size={14} aria-hidden />} onClick={() => chooser.current?.click()}>
                {t(photo ? 'photo.change' : 'photo.choose')}
              </Button>
            </div>
          )}
        </div>
      </div>
      {error && <ErrorView inline error={error} safe="unchanged" />}
    </Block>
  );
}
