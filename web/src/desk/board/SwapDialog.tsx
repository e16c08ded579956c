import { useQuery } from '@tanstack/react-query';
import { Button, Input, Modal, Select } from 'antd';
import { useRef, useState } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { KeyRing } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { ReasonList } from '@/ui/Why';

import { useWorded } from '../parts/reasons';
import { may, useMe, useReasons } from '../parts/server';
import { useWindowText } from '../parts/window';
import { plainReason, type Because } from './acts';
import styles from './board.module.css';
import { Refusal } from './PlaceDialog';
import { judgeSwap, worst } from './server';
import type { Bar, Lane } from './types';
import { VerdictMark } from './verdict';

interface Side {
  bar: Bar;
  lane: Lane;
}

interface Props {
  one: Side;
  other: Side;
  onSwap: (because: Because) => Promise<void>;
  onClose: () => void;
}

/** Two visits that may exchange their engineers, each keeping its time, with what the server says of both. */
export function SwapDialog({ one, other, onSwap, onClose }: Props) {
  const t = useDeskT();
  const worded = useWorded();
  const windowText = useWindowText();
  const reasons = useReasons()('visit.reschedule');
  const { data: me } = useMe();
  const [reason, setReason] = useState(plainReason);
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const ring = useRef(new KeyRing());
  const ids = [one.bar.visit?.id ?? '', other.bar.visit?.id ?? ''] as const;
  const judged = useQuery({ queryKey: ['judge', 'swap', ...ids], queryFn: ({ signal }) => judgeSwap(...ids, signal), staleTime: 2_000 });
  const verdict = judged.data && worst(judged.data)?.verdict;
  const aside = verdict === 'aside';
  const allowed = verdict !== undefined && verdict !== 'refused' && (!aside || may(me, 'dispatch.override'));

  async function send() {
    setBusy(true);
    setError(undefined);
    const input = { ids, reason, note: note.trim(), override: aside };
    try {
      await onSwap({ operationId: ring.current.of(input), reason, note: input.note, override: aside });
      onClose();
    } catch (thrown) {
      const failure = asApiError(thrown);
      if (!failure.passing) ring.current.settle();
      setError(failure);
      void judged.refetch();
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal
      open
      title={t('board.swap.title')}
      onCancel={onClose}
      width={720}
      destroyOnHidden
      footer={
        <>
          <Button onClick={onClose}>{t('word.back')}</Button>
          <Button type="primary" danger={aside} loading={busy} disabled={!allowed} onClick={() => void send()}>
            {t(aside ? 'board.swap.anyway' : 'board.swap')}
          </Button>
        </>
      }
    >
      <div className={styles.dialog}>
        {judged.error ? <ErrorView inline error={judged.error} retry={() => void judged.refetch()} /> : null}
        <div className={styles.columns}>
          {[one, other].map((side, index) => (
            <div key={side.bar.key} className={styles.judgement} data-verdict={judged.data?.[index]?.verdict} role="status" aria-label={side.bar.orders[0]?.number}>
              <b>{side.bar.orders[0]?.number}</b>
              <span className={styles.soft}>{side.bar.visit && windowText(side.bar.visit.start, side.bar.visit.end)}</span>
              <span>{t('board.swap.from', { from: side.lane.name, to: (index === 0 ? other : one).lane.name })}</span>
              <VerdictMark verdict={judged.data?.[index]?.verdict} />
              <ReasonList reasons={worded(judged.data?.[index]?.reasons)} />
            </div>
          ))}
        </div>
        {verdict !== 'refused' && (
          <div className={styles.pair}>
            <label>
              {t('act.reason')}
              <Select aria-label={t('act.reason')} showSearch={{ optionFilterProp: 'label' }} value={reason} options={reasons} onChange={(value: string) => setReason(value)} />
            </label>
            <label>
              {t('act.note')}
              <Input aria-label={t('act.note')} maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} />
            </label>
          </div>
        )}
        {error && <Refusal error={error} />}
      </div>
    </Modal>
  );
}
