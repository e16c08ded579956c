import { CloudOff, LogIn, MapPin, RefreshCw } from 'lucide-react';

import { useFieldT } from '@/i18n/field';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { StatePill } from '@/kit/StatePill';
import { formatDate, formatRelative, formatTime } from '@/lib/format';
import { dayAt, defaultZone } from '@/lib/instant';
import { useNow } from '@/lib/now';
import { useStore } from '@/lib/store';

import { readingStore, readVisits, roundStore } from '../engine';
import { Stops } from '../parts/Stops';
import { go, pathOf } from '../route';
import { useOnline, useReadAt, useVisits, useWaiting, type LocalVisit } from '../useData';

const dayMs = 86_400_000;
const days = ['today', 'tomorrow'] as const;

/** The engineer's visits of a day, in order. */
export function VisitsPage({ day }: { day: 'today' | 'tomorrow' }) {
  const t = useFieldT();
  const lang = useLang();
  const now = useNow();
  const at = day === 'today' ? now : now + dayMs;
  const visits = useVisits(dayAt(at, defaultZone));
  const readAt = useReadAt();
  const reading = useStore(readingStore);
  const online = useOnline();
  const ended = useStore(roundStore).signIn || reading.error?.status === 401;
  return (
    <main className="page">
      <header className="head">
        <h1>
          {t(`visits.${day}`)} <small>{formatDate(at, defaultZone, lang)}</small>
        </h1>
        <WaitingChip />
        <button type="button" className="icon-button" aria-label={t('visits.refresh')} aria-busy={reading.busy} onClick={() => void readVisits()}>
          <RefreshCw size={20} aria-hidden className={reading.busy ? 'turning' : undefined} />
        </button>
      </header>
      <div className="switch" role="group" aria-label={t('tab.visits')}>
        {days.map((one) => (
          <button key={one} type="button" aria-pressed={one === day} onClick={() => go({ page: 'visits', day: one })}>
            {t(`visits.${one}`)}
          </button>
        ))}
      </div>
      {!online && (
        <p className="notice" role="status">
          <CloudOff size={18} aria-hidden /> {t('visits.offline')}
        </p>
      )}
      {online && ended && (
        <p className="notice" role="status">
          <LogIn size={18} aria-hidden /> <span className="grow">{t('me.session')}</span>
          <button type="button" className="button" onClick={() => go({ page: 'signIn' })}>
            {t('me.signIn')}
          </button>
        </p>
      )}
      {online && !ended && reading.error && <ErrorView inline error={reading.error} retry={() => void readVisits()} />}
      <Stops key={day} day={dayAt(at, defaultZone)} />
      <VisitList visits={visits} day={day} known={readAt !== undefined} />
      <p className="foot-note">{readAt === undefined ? t('visits.never') : t('visits.updated', { at: formatRelative(readAt, now, defaultZone, lang) })}</p>
    </main>
  );
}

function VisitList({ visits, day, known }: { visits: LocalVisit[] | undefined; day: 'today' | 'tomorrow'; known: boolean }) {
  const t = useFieldT();
  if (!visits) return null;
  if (visits.length === 0) return known ? <p className="empty">{t(`visits.none.${day}`)}</p> : null;
  return (
    <ol className="visits">
      {visits.map((local) => (
        <li key={local.visit.id}>
          <VisitCard local={local} />
        </li>
      ))}
    </ol>
  );
}

function VisitCard({ local }: { local: LocalVisit }) {
  const t = useFieldT();
  const { visit, state, pending } = local;
  const [first] = visit.orders;
  return (
    <a
      className="card visit-card"
      data-over={['finished', 'failed', 'cancelled'].includes(state) || undefined}
      href={pathOf({ page: 'visit', id: visit.id })}
      onClick={(event) => {
        event.preventDefault();
        go({ page: 'visit', id: visit.id });
      }}
    >
      <span className="row">
        <b className="when">
          {formatTime(visit.start, visit.zone)}–{formatTime(visit.end, visit.zone)}
        </b>
        <StatePill kind="visit" state={state} />
        {pending && <StatePill kind="op" state="waiting" />}
      </span>
      {first && (
        <span className="what">
          {first.service} · {first.fault}
          {visit.orders.length > 1 && <small> {t('visits.orders', { count: visit.orders.length })}</small>}
        </span>
      )}
      <span className="soft">
        {visit.customer} · {first?.model}
      </span>
      <span className="soft place">
        <MapPin size={16} aria-hidden /> {visit.address}
      </span>
    </a>
  );
}

/** “3 waiting”, which leads to the outbox. */
export function WaitingChip() {
  const t = useFieldT();
  const { waiting, unseen } = useWaiting();
  if (waiting + unseen === 0) return null;
  return (
    <a
      className="waiting"
      data-bad={unseen > 0 || undefined}
      href={pathOf({ page: 'outbox' })}
      onClick={(event) => {
        event.preventDefault();
        go({ page: 'outbox' });
      }}
    >
      {t('outbox.count', { count: waiting + unseen })}
    </a>
  );
}
