import { ChevronLeft, ChevronRight, ExternalLink, Play, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { apiBase } from '@/api/transport';
import { useDeskT } from '@/i18n/desk';
import { Block } from '@/ui/DetailPage';

import own from './photos.module.css';
import { useRead } from './server';

/** A picture as it is shown: small in the row, larger when it is opened, whole behind a link. */
export interface Shot {
  id: string;
  /** What it shows, in words. */
  label: string;
  thumb: string;
  view: string;
  original: string;
  video?: boolean;
}

/** The pictures of a file that the signed-in person may see. */
export function shotOf(fileId: string, label: string): Shot {
  const content = `${apiBase}/files/${fileId}/content`;
  return { id: fileId, label, thumb: `${content}?variant=thumb`, view: `${content}?variant=view`, original: content };
}

/** Small pictures in a row; each opens large, with the others a key away. The browser plays videos on a page of their own. */
export function Shots({ shots }: { shots: readonly Shot[] }) {
  const t = useDeskT();
  const [at, setAt] = useState<number>();
  const pictures = shots.filter((shot) => !shot.video);
  return (
    <>
      <div className={own.row}>
        {pictures.map((shot, index) => (
          <button key={shot.id} type="button" className={own.small} title={shot.label} aria-label={`${t('photos.large')}: ${shot.label}`} onClick={() => setAt(index)}>
            <img src={shot.thumb} alt="" loading="lazy" />
          </button>
        ))}
        {shots
          .filter((shot) => shot.video)
          .map((shot) => (
            <a key={shot.id} className={own.small} href={shot.original} target="_blank" rel="noreferrer" title={shot.label} aria-label={`${t('photos.video')}: ${shot.label}`}>
              <Play size={28} aria-hidden />
            </a>
          ))}
      </div>
      {at !== undefined && pictures[at] && <Viewer shots={pictures} at={at} onMove={setAt} onClose={() => setAt(undefined)} />}
    </>
  );
}

function Viewer({ shots, at, onMove, onClose }: { shots: readonly Shot[]; at: number; onMove: (at: number) => void; onClose: () => void }) {
  const t = useDeskT();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const shot = shots[at];
  useEffect(() => {
    const turn = (event: KeyboardEvent) => {
      if (event.key === 'ArrowLeft' && at > 0) onMove(at - 1);
      if (event.key === 'ArrowRight' && at < shots.length - 1) onMove(at + 1);
    };
    window.addEventListener('keydown', turn);
    return () => window.removeEventListener('keydown', turn);
  }, [at, onMove, shots.length]);
  if (!shot) return null;
  return (
    <dialog ref={box} className={own.viewer} aria-label={t('photos.viewer')} onClose={onClose}>
      <header className={own.head}>
        <span>
          {shot.label} <small>{t('photos.of', { at: at + 1, count: shots.length })}</small>
        </span>
        <a href={shot.original} target="_blank" rel="noreferrer" aria-label={t('photos.original')} title={t('photos.original')}>
          <ExternalLink size={18} aria-hidden />
        </a>
        <button type="button" aria-label={t('photos.close')} onClick={onClose}>
          <X size={20} aria-hidden />
        </button>
      </header>
      <div className={own.stage}>
        {shots.length > 1 && (
          <button type="button" aria-label={t('photos.before')} disabled={at === 0} onClick={() => onMove(at - 1)}>
            <ChevronLeft size={28} aria-hidden />
          </button>
        )}
        <img key={shot.id} src={shot.view} alt={shot.label} />
        {shots.length > 1 && (
          <button type="button" aria-label={t('photos.next')} disabled={at === shots.length - 1} onClick={() => onMove(at + 1)}>
            <ChevronRight size={28} aria-hidden />
          </button>
        )}
      </div>
    </dialog>
  );
}

type Stored = components['schemas']['AppFileBody'];

/** What a stored file looks like as a picture; undefined for what is none. */
export function storedShot(file: Stored): Shot | undefined {
  const video = file.content_type.startsWith('video/');
  if (!video && !file.thumb) return undefined;
  return { id: file.id, label: file.name, thumb: file.thumb ?? '', view: file.view ?? file.url, original: file.url, video };
}

/** Photos and videos that came with a record; nothing where there are none. */
export function RecordPhotos({ kind, id, title }: { kind: string; id: string; title: string }) {
  const files = useRead(['files', kind, id], async () => (await answer(api.GET('/files', { params: { query: { record_kind: kind, record_id: id } } }))) ?? []).data;
  const shots = (files ?? []).map(storedShot).filter((one) => one !== undefined);
  if (shots.length === 0) return null;
  return (
    <Block title={title}>
      <div data-own-words>
        <Shots shots={shots} />
      </div>
    </Block>
  );
}
