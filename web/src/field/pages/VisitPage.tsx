import { ArrowLeft, Check, Copy, MapPin } from 'lucide-react';
import { useState } from 'react';

import { useFieldT } from '@/i18n/field';
import { StatePill } from '@/kit/StatePill';
import { useLang } from '@/i18n/setup';
import { copyWords } from '@/lib/copy';
import { formatWindow } from '@/lib/format';
import { useNow } from '@/lib/now';
import { useStore } from '@/lib/store';

import { actOp, finishOp } from '../acts';
import type { KeptFile } from '../data/db';
import { act } from '../engine';
import { departing, shareStore, useLivePlace } from '../live';
import type { Draft, FieldVisit } from '../model';
import { Badge } from '../parts/Badge';
import { ReasonForm } from '../parts/ReasonForm';
import { SignStep } from '../parts/SignStep';
import { WorkStep } from '../parts/WorkStep';
import { stepOf, steps, type Step } from '../project';
import { missing } from '../proof';
import { go } from '../route';
import { unstoredStore, useDraft, useVisit, type LocalVisit } from '../useData';

import { WaitingChip } from './VisitsPage';

/** One visit: where it is, what to do, and the one next step under the thumb. */
export function VisitPage({ id }: { id: string }) {
  const t = useFieldT();
  const local = useVisit(id);
  if (local === undefined) return null;
  if (local === null) {
    return (
      <main className="page">
        <Head title="" />
        <p className="empty">{t('visit.gone')}</p>
      </main>
    );
  }
  return <OpenVisit local={local} kept={local.draft} files={local.files} />;
}

interface OpenProps {
  local: LocalVisit;
  /** The paper as it was when the visit was opened. */
  kept: Draft;
  files: readonly KeptFile[];
}

function OpenVisit({ local, kept, files }: OpenProps) {
  const t = useFieldT();
  const [draft, edit] = useDraft(kept);
  const [signing, setSigning] = useState(false);
  const [asking, setAsking] = useState<'decline' | 'fail'>();
  const { visit, state, pending } = local;
  const step = stepOf(state, signing);
  const shares = useStore(shareStore) === 'yes';
  const unstored = useStore(unstoredStore);
  useLivePlace(visit.id, state === 'travelling', shares);
  const lacking = step === 'work' || step === 'sign' ? missing(visit, draft, files) : [];

  if (asking) {
    const reasons = asking === 'decline' ? visit.declineReasons : visit.failReasons;
    return (
      <main className="page">
        <Head title={t(`do.${asking}`)} />
        <ReasonForm
          reasons={reasons}
          onCancel={() => setAsking(undefined)}
          onDone={(body) => {
            setAsking(undefined);
            void act(actOp(visit, asking, body));
          }}
        />
      </main>
    );
  }

  return (
    <main className="page with-bar">
      <Head title={visit.number} />
      <Steps step={step} />
      {step !== 'work' && step !== 'sign' && <VisitFacts visit={visit} />}
      {step === 'depart' && shares && <p className="soft">{t('live.on')}</p>}
      {(step === 'depart' || step === 'arrive') && <Badge visit={visit.id} />}
      {step === 'work' && visit.orders.map((order) => <WorkStep key={order.id} visit={visit} order={order} draft={draft} edit={edit} files={files} />)}
      {step === 'sign' && <SignStep visit={visit} draft={draft} edit={edit} files={files} lacking={lacking} />}
      {unstored && (
        <p className="problem" role="alert">
          {t('visit.unstored')}
        </p>
      )}
      {pending && <p className="notice">{t('visit.pending')}</p>}
      {step === undefined ? (
        <p className="empty">
          <StatePill kind="visit" state={state} /> {t('visit.done')}
        </p>
      ) : (
        <div className="bar">
          {step === 'accept' && <Secondary label={t('do.decline')} press={() => setAsking('decline')} />}
          {(step === 'depart' || step === 'arrive' || step === 'work') && <Secondary label={t('do.fail')} press={() => setAsking('fail')} />}
          {step === 'sign' && <Secondary label={t('do.backToWork')} press={() => setSigning(false)} />}
          <Primary
            label={t(step === 'work' ? 'do.toSign' : step === 'sign' ? 'do.finish' : `do.${step}`)}
            disabled={step === 'sign' && lacking.some((one) => one.blocking)}
            press={() => {
              if (step === 'work') setSigning(true);
              else void act(step === 'sign' ? finishOp(visit, draft, files) : actOp(visit, step, step === 'depart' ? departing() : {}));
              window.scrollTo(0, 0);
            }}
          />
        </div>
      )}
    </main>
  );
}

function Head({ title }: { title: string }) {
  const t = useFieldT();
  return (
    <header className="head">
      <button type="button" className="icon-button" aria-label={t('word.back')} onClick={() => go({ page: 'visits', day: 'today' })}>
        <ArrowLeft size={22} aria-hidden />
      </button>
      <h1>{title}</h1>
      <WaitingChip />
    </header>
  );
}

function Steps({ step }: { step: Step | undefined }) {
  const t = useFieldT();
  const at = step ? steps.indexOf(step) : steps.length;
  return (
    <ol className="steps">
      {steps.map((one, index) => (
        <li key={one} data-state={index < at ? 'over' : index === at ? 'now' : 'ahead'} aria-current={index === at ? 'step' : undefined}>
          <span>{index < at ? <Check size={14} aria-hidden /> : index + 1}</span>
          {t(`step.${one}`)}
        </li>
      ))}
    </ol>
  );
}

function VisitFacts({ visit }: { visit: FieldVisit }) {
  const t = useFieldT();
  const lang = useLang();
  const now = useNow();
  const [copied, setCopied] = useState(false);
  const map = visit.lat === undefined || visit.lon === undefined ? '' : `https://uri.amap.com/marker?position=${visit.lon},${visit.lat}&coordinate=wgs84&callnative=1`;
  return (
    <>
      <section className="card">
        <p className="when">{formatWindow(visit.start, visit.end, now, visit.zone, lang)}</p>
        <p>{visit.customer}</p>
        <p className="place">
          <MapPin size={18} aria-hidden /> {visit.address}
        </p>
        {visit.serviceCode && (
          <p>
            {t('visit.code')} <b className="service-code">{visit.serviceCode}</b> <small className="soft">{t('visit.code.help')}</small>
          </p>
        )}
        {visit.accessNote && <p className="soft">{t('visit.access', { text: visit.accessNote })}</p>}
        <div className="row">
          {map && (
            <a className="button" href={map} target="_blank" rel="noreferrer">
              <MapPin size={18} aria-hidden /> {t('visit.map')}
            </a>
          )}
          <button type="button" className="button" onClick={() => void copyWords(visit.address).then(setCopied)}>
            <Copy size={18} aria-hidden /> {t(copied ? 'visit.copied' : 'visit.copy')}
          </button>
        </div>
      </section>
      {visit.orders.map((order) => (
        <section key={order.id} className="card">
          <p className="what">
            {order.service} · {order.fault}
          </p>
          <p className="soft">
            {order.number} · {order.model} {order.serial}
          </p>
          {order.instructions && <p>{order.instructions}</p>}
          {order.due && (
            <p>
              {t('visit.due')} <b>{order.due}</b>
            </p>
          )}
          {(order.tools ?? []).length > 0 && (
            <p>
              {t('visit.tools')} <b>{(order.tools ?? []).join(lang === 'en' ? ', ' : '、')}</b>
            </p>
          )}
          {order.parts.length > 0 && <p className="soft">{order.parts.map((part) => `${part.name} × ${part.quantity}`).join('、')}</p>}
        </section>
      ))}
    </>
  );
}

function Primary({ label, disabled, press }: { label: string; disabled: boolean; press: () => void }) {
  return (
    <button type="button" className="button primary" disabled={disabled} onClick={press}>
      {label}
    </button>
  );
}

function Secondary({ label, press }: { label: string; press: () => void }) {
  return (
    <button type="button" className="button" onClick={press}>
      {label}
    </button>
  );
}
