import { ShieldAlert, ShieldCheck } from 'lucide-react';

import { useFieldT } from '@/i18n/field';
import { useLang } from '@/i18n/setup';
import { RelativeTime } from '@/kit/RelativeTime';
import { StatePill } from '@/kit/StatePill';
import { formatDuration } from '@/lib/format';
import { useNow } from '@/lib/now';
import { useStore } from '@/lib/store';

import { outbox, persistStore, roundStore, sendNow } from '../engine';
import { isUnsent, type StoredOp } from '../outbox/op';
import { useOnline, useOps } from '../useData';
import { portraitWords } from '../parts/portraits';

/** What waits, what clashed and what was delivered lately. */
export function OutboxPage() {
  const t = useFieldT();
  const lang = useLang();
  const now = useNow(1_000);
  const online = useOnline();
  const round = useStore(roundStore);
  const persisted = useStore(persistStore);
  const ops = useOps();
  if (!ops) return null;
  const waiting = ops.filter(isUnsent);
  const next = Math.min(...waiting.map((op) => op.nextTry));
  return (
    <main className="page">
      <header className="head">
        <h1>{t('outbox.title')}</h1>
      </header>
      <section className="card" aria-live="polite">
        <p className="what">{waiting.length > 0 ? t('outbox.count', { count: waiting.length }) : t('outbox.allSent')}</p>
        {waiting.length === 0 && <p className="soft">{t('outbox.empty')}</p>}
        {waiting.length > 0 && round.signIn && <p className="problem">{t('outbox.signIn')}</p>}
        {waiting.length > 0 && !round.signIn && next > now && <p className="soft">{t('outbox.next', { time: formatDuration(next - now, lang) })}</p>}
        {waiting.length > 0 && (
          <>
            <p className="soft">{t('outbox.safe')}</p>
            <button type="button" className="button primary" disabled={!online} onClick={() => void sendNow()}>
              {t('outbox.send')}
            </button>
          </>
        )}
        <p className="soft place">
          {persisted ? <ShieldCheck size={16} aria-hidden /> : <ShieldAlert size={16} aria-hidden />} {t(persisted ? 'outbox.stored' : 'outbox.notStored')}
        </p>
      </section>
      <ol className="ops">
        {ops.map((op) => (
          <li key={op.id} className="card">
            <OpCard op={op} />
          </li>
        ))}
      </ol>
    </main>
  );
}

function OpCard({ op }: { op: StoredOp }) {
  const t = useFieldT();
  const returned = op.state === 'conflict' || op.state === 'refused';
  // Dispatch has no side in a photo of oneself: what is wrong with it stands by the photo too, where another is chosen.
  const own = op.kind === 'portrait';
  return (
    <>
      <div className="row">
        <b className="grow">{t(`op.${op.kind}`)}</b>
        <StatePill kind="op" state={op.state} />
      </div>
      <p className="soft">
        {op.number !== '' && `${op.number} · `}
        <RelativeTime at={op.occurredAt} />
        {op.tries > 1 && isUnsent(op) ? ` · ${op.tries}×` : ''}
      </p>
      {returned && <p className="problem">{own ? portraitWords(op, t) : t(op.state === 'conflict' ? 'outbox.conflict' : 'outbox.refused')}</p>}
      {returned && !own && (
        <dl className="sides">
          <div>
            <dt>{t('outbox.yours')}</dt>
            <dd>
              {t(`op.${op.kind}`)} <RelativeTime at={op.occurredAt} />
            </dd>
          </div>
          <div>
            <dt>{t('outbox.theirs')}</dt>
            <dd>
              {op.clash?.state && <StatePill kind="visit" state={op.clash.state} />} {op.clash?.words ?? op.failure?.words}
            </dd>
          </div>
        </dl>
      )}
      {returned && op.failure?.requestId && (
        <p className="soft">
          {t('error.requestId')} <code>{op.failure.requestId}</code>
        </p>
      )}
      {returned && !op.seen && (
        <button type="button" className="button" onClick={() => void outbox.markSeen(op.id)}>
          {t('outbox.seen')}
        </button>
      )}
    </>
  );
}
