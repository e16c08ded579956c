import { useQuery } from '@tanstack/react-query';
import { Button, Input, Modal, Select } from 'antd';
import { useMemo, useRef, useState } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { KeyRing } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { formatTime } from '@/lib/format';
import { dayAt, defaultZone } from '@/lib/instant';
import { ReasonList } from '@/ui/Why';

import { useWorded } from '../parts/reasons';
import { may, useCatalog, useMe, useReasons } from '../parts/server';
import { instantAt, localAt, useWindowText } from '../parts/window';
import { plainReason, type Because } from './acts';
import styles from './board.module.css';
import { crewFor } from './lanes';
import { judgeAt, judgeDay } from './server';
import type { Judged, Lane, ServerReason, Spot, Verdict, Work } from './types';
import { VerdictMark } from './verdict';

interface Props {
  work: Work;
  /** What it is about, in words. */
  title: string;
  /** Where it was dropped; without it the dialog proposes. */
  spot: Spot | undefined;
  day: string;
  lanes: readonly Lane[];
  onPlace: (engineers: readonly string[], start: number, because: Because) => Promise<void>;
  onClose: () => void;
}

const order: readonly Verdict[] = ['fits', 'dear', 'aside', 'refused'];
const shownChoices = 60;

/** Who and when, with what the server says of it: after a drop, and for those who do not drag. */
export function PlaceDialog({ work, title, spot, day, lanes, onPlace, onClose }: Props) {
  const t = useDeskT();
  const worded = useWorded();
  const windowText = useWindowText();
  const date = spot ? dayAt(spot.start, defaultZone) : day;
  const [engineer, setEngineer] = useState(spot?.engineer);
  const [along, setAlong] = useState<string | undefined>(() => (spot ? crewFor(work, spot.engineer)[1] : undefined));
  const [start, setStart] = useState<number | undefined>(spot?.start ?? (work.visitId === undefined ? undefined : work.start));
  const [q, setQ] = useState('');
  const key = work.visitId ?? work.orders.join();
  const ids = lanes.map((lane) => lane.id);
  const choices = useQuery({ queryKey: ['judge', key, 'day', date, ids.join()], queryFn: ({ signal }) => judgeDay(work, ids, date, signal), staleTime: 5_000 });
  const ranked = useMemo(() => rank(choices.data ?? []), [choices.data]);
  // Without a spot the best choice is proposed until somebody chooses.
  const chosen = engineer ?? (work.visitId === undefined ? ranked.find((one) => one.verdict !== 'refused')?.engineer_id : work.engineer);
  const at = start ?? Date.parse(ranked.find((one) => one.engineer_id === chosen)?.start ?? '');
  const ready = chosen !== undefined && !Number.isNaN(at);
  const judged = useQuery({
    queryKey: ['judge', key, chosen, along, at],
    queryFn: ({ signal }) => judgeAt(work, chosen ?? '', at, along === undefined ? [] : [along], signal),
    enabled: ready,
    staleTime: 2_000,
  });
  const verdict = judged.data?.verdict;
  const nameOf = (id: string) => lanes.find((lane) => lane.id === id)?.name ?? '';
  const text = q.trim().toLowerCase();
  const shown = ranked.filter((one) => text === '' || nameOf(one.engineer_id).toLowerCase().includes(text)).slice(0, shownChoices);
  const form = usePlaceForm({ work, verdict, onPlace, onClose, refresh: () => void judged.refetch() });

  return (
    <Modal
      open
      title={title}
      onCancel={onClose}
      width={880}
      destroyOnHidden
      footer={
        <>
          <Button onClick={onClose}>{t('word.back')}</Button>
          <Button type="primary" loading={form.busy} disabled={!ready || !form.allowed} danger={verdict === 'aside'} onClick={() => void (ready && form.send(along === undefined ? [chosen] : [chosen, along], at))}>
            {t(verdict === 'aside' ? 'board.placeAnyway' : work.visitId === undefined ? 'board.place' : 'board.move')}
          </Button>
        </>
      }
    >
      <div className={styles.columns}>
      <div className={styles.dialog}>
        {work.promised && (
          <p>
            <i className={styles.promise} style={{ display: 'inline-block' }} aria-hidden /> {t('board.promised')} {windowText(work.promised.from, work.promised.to)}
          </p>
        )}
        <div className={styles.pair}>
          <label>
            {t('order.engineer')}
            <Select aria-label={t('order.engineer')} showSearch={{ optionFilterProp: 'label' }} value={chosen ?? null} options={lanes.map((lane) => ({ value: lane.id, label: lane.name }))} onChange={(value: string) => setEngineer(value)} />
          </label>
          <label>
            {t('board.start')}
            <input type="datetime-local" step={900} className={styles.time} value={ready ? localAt(at) : ''} onChange={(event) => setStart(Date.parse(instantAt(event.target.value)))} />
          </label>
        </div>
        <label>
          {t('board.along')}
          <Select aria-label={t('board.along')} allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('board.along.none')} value={along ?? null} options={lanes.filter((lane) => lane.id !== chosen).map((lane) => ({ value: lane.id, label: lane.name }))} onChange={(value: string | null | undefined) => setAlong(value ?? undefined)} />
        </label>
        {ready && (
          <div className={styles.judgement} data-verdict={verdict} role="status" aria-label={t('board.judgement')}>
            <VerdictMark verdict={judged.isFetching && !judged.data ? undefined : verdict} />
            {judged.error ? <ErrorView inline error={judged.error} retry={() => void judged.refetch()} /> : <ReasonList reasons={worded(judged.data?.reasons)} />}
          </div>
        )}
        {form.fields}
        {form.error && <Refusal error={form.error} />}
      </div>
        <div className={styles.dialog}>
          <p className={styles.soft}>
            {t('board.candidates', { date })} {choices.data && t('board.candidates.count', { fitting: ranked.filter((one) => one.verdict === 'fits' || one.verdict === 'dear').length, all: ranked.length })}
          </p>
          {lanes.length > 8 && <Input allowClear aria-label={t('board.findEngineer')} placeholder={t('board.findEngineer')} value={q} onChange={(event) => setQ(event.target.value)} />}
          {choices.error ? <ErrorView inline error={choices.error} retry={() => void choices.refetch()} /> : null}
          <ul className={styles.choices} aria-busy={choices.isPending} aria-label={t('board.candidates', { date })}>
            {shown.map((one) => (
              <li key={one.engineer_id}>
                <button
                  type="button"
                  aria-pressed={one.engineer_id === chosen}
                  onClick={() => {
                    setEngineer(one.engineer_id);
                    if (one.start) setStart(Date.parse(one.start));
                  }}
                >
                  <span>
                    {nameOf(one.engineer_id)} {one.start && one.end && `${formatTime(one.start, defaultZone)}–${formatTime(one.end, defaultZone)}`}
                  </span>
                  <VerdictMark verdict={one.verdict} />
                  <small>{worded(one.reasons)[0]?.words}</small>
                </button>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </Modal>
  );
}

/** The best first: by verdict, then by the way that is added. */
function rank(list: readonly Judged[]): Judged[] {
  return [...list].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict) || misses(a) - misses(b) || a.extra_s - b.extra_s);
}

/** How many rules are broken. */
function misses(one: Judged): number {
  return (one.reasons ?? []).filter((reason) => reason.verdict === 'fail').length;
}

interface FormOptions {
  work: Work;
  verdict: Verdict | undefined;
  onPlace: Props['onPlace'];
  onClose: () => void;
  refresh: () => void;
}

/** Reason and note, as far as the act needs them, and sending it. */
function usePlaceForm({ work, verdict, onPlace, onClose, refresh }: FormOptions) {
  const t = useDeskT();
  const { data: me } = useMe();
  const catalog = useCatalog();
  const moves = work.visitId !== undefined;
  const reasons = useReasons()(moves ? 'visit.reschedule' : 'dispatch.override');
  const [reason, setReason] = useState<string>();
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const ring = useRef(new KeyRing());
  const aside = verdict === 'aside';
  const mayAside = may(me, 'dispatch.override');
  const code = reason ?? (moves ? plainReason : undefined);
  const noteNeeded = catalog?.reasons?.find((one) => one.code === code)?.note_required ?? false;
  const wantsReason = moves || aside;
  const allowed = verdict !== undefined && verdict !== 'refused' && (!aside || mayAside) && (!wantsReason || (code !== undefined && (!noteNeeded || note.trim() !== '')));

  async function send(engineers: readonly string[], start: number) {
    setBusy(true);
    setError(undefined);
    const input = { engineers, start, reason: wantsReason ? code : undefined, note: note.trim(), override: aside };
    try {
      await onPlace(engineers, start, { operationId: ring.current.of(input), reason: input.reason, note: input.note, override: aside });
      onClose();
    } catch (thrown) {
      const failure = asApiError(thrown);
      if (!failure.passing) ring.current.settle();
      setError(failure);
      refresh();
    } finally {
      setBusy(false);
    }
  }

  const fields = (
    <>
      {aside && !mayAside && <p>{t('board.aside.forbidden')}</p>}
      {wantsReason && verdict !== 'refused' && (!aside || mayAside) && (
        <div className={styles.pair}>
          <label>
            {t('act.reason')}
            <Select aria-label={t('act.reason')} placeholder={t('act.reason.choose')} showSearch={{ optionFilterProp: 'label' }} value={code ?? null} options={reasons} onChange={(value: string) => setReason(value)} />
          </label>
          <label>
            <span>
              {t('act.note')} {noteNeeded && <small>{t('word.required')}</small>}
            </span>
            <Input aria-label={t('act.note')} maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} />
          </label>
        </div>
      )}
    </>
  );
  return { fields, send, busy, error, allowed };
}

/** Why the server refused, with the rules it names. */
export function Refusal({ error }: { error: ApiError }) {
  const worded = useWorded();
  return (
    <ErrorView inline error={error} safe="kept">
      <ReasonList reasons={worded(violationsOf(error))} />
    </ErrorView>
  );
}

/** The rules that a refusal names. */
function violationsOf(error: ApiError): ServerReason[] {
  const list = error.params['violations'];
  if (!Array.isArray(list)) return [];
  return list.flatMap((one: unknown) => {
    const reason = typeof one === 'object' && one !== null && 'reason' in one ? one.reason : undefined;
    return typeof reason === 'object' && reason !== null && 'code' in reason ? [reason as ServerReason] : [];
  });
}
