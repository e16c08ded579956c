import { QrCode } from 'lucide-react';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { useFieldT } from '@/i18n/field';
import { ErrorView } from '@/kit/ErrorView';

/** Proves at the door who I am: a code that works for some minutes. It needs signal, since an old code is worth nothing. */
export function Badge({ visit }: { visit: string }) {
  const t = useFieldT();
  const [qr, setQr] = useState('');
  const [error, setError] = useState<ApiError>();

  async function show() {
    setError(undefined);
    try {
      const made = await answer(api.POST('/visits/{id}/badge', { params: { path: { id: visit } } }));
      setQr(made.qr);
    } catch (thrown) {
      setQr('');
      setError(asApiError(thrown));
    }
  }

  return (
    <section className="card badge">
      {qr && (
        <>
          <p className="what">{t('badge.hint')}</p>
          <img src={qr} alt={t('badge.show')} width={240} height={240} />
        </>
      )}
      {error && <ErrorView inline error={error} />}
      <button type="button" className="button" onClick={() => void show()}>
        <QrCode size={18} aria-hidden /> {t(qr ? 'badge.new' : 'badge.show')}
      </button>
    </section>
  );
}
