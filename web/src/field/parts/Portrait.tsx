import { useLiveQuery } from 'dexie-react-hooks';
import { Camera, Images, UserRound } from 'lucide-react';
import { useEffect, useState } from 'react';

import { answer, api } from '@/api/client';
import { useFieldT } from '@/i18n/field';
import { useStore } from '@/lib/store';

import { db, sealer, userStore } from '../engine';
import { isUnsent } from '../outbox/op';
import { portrait } from '../photo';
import { useOnline } from '../useData';

import { Picture } from './Picture';
import { givePortrait, portraitWords } from './portraits';

/** My newest photo on this phone, with how far it got. */
function useOwn(user: string) {
  return useLiveQuery(async () => {
    const op = (await db.ops.orderBy('seq').reverse().toArray()).find((one) => one.kind === 'portrait' && one.user === user);
    const file = op && (await db.files.get(op.file));
    // Whatever is read from the storage is read by now: opening what is sealed may take its time.
    const blob = file && (await sealer.open(file.id, file.blob).catch(() => undefined));
    return { op, blob };
  }, [user]);
}

/**
 * The photo that the server has: its address, '' for none, undefined as long as nobody can say. What was read before a
 * photo was delivered says nothing any more: that one is gone.
 */
function useServers(engineer: string, delivered: string | undefined, online: boolean): string | undefined {
  const [found, setFound] = useState<{ after: string | undefined; url: string }>();
  useEffect(() => {
    let over = false;
    if (engineer === '' || !online) return;
    answer(api.GET('/files', { params: { query: { record_kind: 'staff', record_id: engineer } } })).then(
      (files) => {
        if (!over) setFound({ after: delivered, url: files?.filter((one) => one.purpose === 'avatar').pop()?.thumb ?? '' });
      },
      () => undefined,
    );
    return () => {
      over = true;
    };
  }, [engineer, delivered, online]);
  return found?.after === delivered ? found?.url : undefined;
}

/** The photo by which customers know me: taken or chosen here, also without a network; it goes through the outbox. */
export function Portrait() {
  const t = useFieldT();
  const user = useStore(userStore);
  const online = useOnline();
  const engineer = useLiveQuery(() => db.meta.get('engineer'), [])?.value ?? '';
  const own = useOwn(user);
  const { op, blob } = own ?? {};
  const waiting = op !== undefined && isUnsent(op);
  const refused = op !== undefined && !waiting && op.state !== 'done';
  const url = useServers(engineer, op?.state === 'done' ? op.id : undefined, online);
  const [failed, setFailed] = useState(false);
  if (engineer === '' || !own) return null;

  async function give(picked: File | undefined) {
    if (!picked) return;
    setFailed(false);
    try {
      await givePortrait(await portrait(picked));
    } catch {
      setFailed(true);
    }
  }

  const shown = blob && (!url || waiting) && !refused ? <Picture key={op?.file} blob={blob} alt={t('portrait.title')} className="portrait" /> : url ? <img src={url} alt={t('portrait.title')} className="portrait" /> : <UserRound size={40} className="portrait" role="img" aria-label={t('portrait.none')} />;
  return (
    <section className="card">
      <h2>{t('portrait.title')}</h2>
      <div className="row">
        {shown}
        <p className="soft grow">{t('portrait.about')}</p>
      </div>
      {waiting && (
        <p className="soft" role="status">
          {t('portrait.waiting')}
        </p>
      )}
      {!waiting && !blob && url === undefined && !online && <p className="soft">{t('portrait.offline')}</p>}
      {refused && (
        <p className="problem" role="alert">
          {portraitWords(op, t)}
        </p>
      )}
      {failed && (
        <p className="problem" role="alert">
          {t('work.photo.failed')}
        </p>
      )}
      <div className="halves">
        {(['user', undefined] as const).map((camera) => (
          <label key={camera ?? 'file'} className="button photo-button">
            {camera ? <Camera size={20} aria-hidden /> : <Images size={20} aria-hidden />}
            {t(camera ? 'portrait.take' : 'portrait.choose')}
            <input
              type="file"
              accept="image/*"
              capture={camera}
              className="visually-hidden"
              onChange={(event) => {
                void give(event.target.files?.[0]);
                event.target.value = '';
              }}
            />
          </label>
        ))}
      </div>
    </section>
  );
}
