import SignatureCanvas from 'signature_pad';
import { useEffect, useRef, useState } from 'react';

import { useFieldT } from '@/i18n/field';

import type { KeptFile } from '../data/db';

import { Picture } from './Picture';

interface Props {
  /** The signature that was given already. */
  given: KeptFile | undefined;
  onSigned: (picture: Blob) => Promise<void>;
  onAgain: () => void;
}

/** A box to sign in with a finger. A signature is taken when “done” is pressed, black on white in either look. */
export default function SignaturePad({ given, onSigned, onAgain }: Props) {
  const t = useFieldT();
  if (!given) return <Pad onSigned={onSigned} />;
  return (
    <>
      <Picture key={given.id} blob={given.blob} alt={t('sign.kind.signature')} className="pad" />
      <button type="button" className="button" onClick={onAgain}>
        {t('sign.clear')}
      </button>
    </>
  );
}

function Pad({ onSigned }: { onSigned: (picture: Blob) => Promise<void> }) {
  const t = useFieldT();
  const canvas = useRef<HTMLCanvasElement>(null);
  const pad = useRef<SignatureCanvas>(null);
  const [drawn, setDrawn] = useState(false);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const made = new SignatureCanvas(element, { backgroundColor: '#ffffff', penColor: '#10202c', minWidth: 1, maxWidth: 3 });
    pad.current = made;
    const begin = () => setDrawn(true);
    made.addEventListener('beginStroke', begin);
    // Turning the phone changes the box: the strokes are drawn again in its new size.
    const fit = () => {
      const strokes = made.toData();
      const ratio = Math.max(1, window.devicePixelRatio);
      element.width = element.offsetWidth * ratio;
      element.height = element.offsetHeight * ratio;
      element.getContext('2d')?.scale(ratio, ratio);
      made.clear();
      made.fromData(strokes);
    };
    fit();
    window.addEventListener('resize', fit);
    return () => {
      window.removeEventListener('resize', fit);
      made.off();
    };
  }, []);

  return (
    <>
      <canvas ref={canvas} className="pad" role="img" aria-label={t('sign.pad')} />
      <p className="soft">{t('sign.pad')}</p>
      <div className="row">
        <button
          type="button"
          className="button"
          disabled={!drawn}
          onClick={() => {
            pad.current?.clear();
            setDrawn(false);
          }}
        >
          {t('sign.clear')}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={!drawn}
          onClick={() => {
            canvas.current?.toBlob((blob) => {
              if (blob) void onSigned(blob);
            }, 'image/png');
          }}
        >
          {t('word.done')}
        </button>
      </div>
    </>
  );
}
