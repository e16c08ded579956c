import { Button, Checkbox, Modal } from 'antd';
import { CircleCheck, CircleX, LoaderCircle } from 'lucide-react';
import { useState } from 'react';

import type { ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { uuid } from '@/lib/ids';

import { useWindowText } from '../parts/window';
import type { useBoardActs } from './acts';
import styles from './board.module.css';
import type { Bar, Lane } from './types';
import { useOrderWords } from './verdict';

interface Props {
  lanes: readonly Lane[];
  acts: ReturnType<typeof useBoardActs>;
  onClose: () => void;
}

interface Row {
  id: string;
  key: string;
  bar: Bar;
  name: string;
}

/** Planned visits of the board that their engineers were not told of, each once, by start. */
export function plannedOf(lanes: readonly Lane[]): { bar: Bar; lane: Lane }[] {
  const seen = new Set<string>();
  return lanes
    .flatMap((lane) => lane.bars.filter((bar) => bar.visit?.state === 'planned' && bar.visit.id).map((bar) => ({ bar, lane })))
    .filter(({ bar }) => !seen.has(bar.key) && seen.add(bar.key))
    .sort((a, b) => a.bar.from - b.bar.from);
}

/** Sends planned visits to their engineers at once; each row says what came of it. */
export function SendAll({ lanes, acts, onClose }: Props) {
  const t = useDeskT();
  const words = useOrderWords();
  const windowText = useWindowText();
  // What is on the list stays on it while the board moves on.
  const [rows] = useState<readonly Row[]>(() => plannedOf(lanes).map(({ bar, lane }) => ({ id: bar.visit?.id ?? '', key: uuid(), bar, name: lane.name })));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(rows.map((row) => row.id)));
  const [done, setDone] = useState<ReadonlyMap<string, ApiError | undefined>>(new Map());
  const [busy, setBusy] = useState(false);
  const left = rows.filter((row) => chosen.has(row.id) && (!done.has(row.id) || done.get(row.id) !== undefined));
  const failed = [...done.values()].filter(Boolean).length;

  async function send() {
    setBusy(true);
    await acts.sendAll(left, (id, failure) => setDone((before) => new Map(before).set(id, failure)));
    setBusy(false);
  }

  return (
    <Modal
      open
      title={t('board.sendAll.title', { count: rows.length })}
      onCancel={onClose}
      width={640}
      footer={
        <>
          <Button onClick={onClose}>{t('word.close')}</Button>
          <Button type="primary" loading={busy} disabled={left.length === 0} onClick={() => void send()}>
            {t('board.sendAll.send', { count: left.length })}
          </Button>
        </>
      }
    >
      <div className={styles.dialog}>
        <p className={styles.soft} role="status">
          {done.size === 0 ? t('board.sendAll.about') : t('board.sendAll.done', { sent: done.size - failed, failed })}
        </p>
        <ul className={styles.sendlist} aria-label={t('board.sendAll.title', { count: rows.length })}>
          {rows.map((row) => {
            const failure = done.get(row.id);
            const sent = done.has(row.id) && !failure;
            return (
              <li key={row.id} data-result={sent ? 'sent' : failure ? 'failed' : undefined}>
                <Checkbox
                  disabled={busy || sent}
                  checked={chosen.has(row.id)}
                  onChange={(event) => {
                    const next = new Set(chosen);
                    if (event.target.checked) next.add(row.id);
                    else next.delete(row.id);
                    setChosen(next);
                  }}
                >
                  {row.bar.orders[0]?.number} {words(row.bar.orders[0])}
                </Checkbox>
                <small className={styles.soft}>
                  {row.name} {row.bar.visit && windowText(row.bar.visit.start, row.bar.visit.end)}
                </small>
                {busy && chosen.has(row.id) && !done.has(row.id) && <LoaderCircle size={16} aria-hidden />}
                {sent && (
                  <span className={styles.verdict} data-verdict="fits">
                    <CircleCheck size={14} aria-hidden /> {t('board.sendAll.sent')}
                  </span>
                )}
                {failure && (
                  <span className={styles.verdict} data-verdict="refused" role="alert">
                    <CircleX size={14} aria-hidden /> {failure.words}
                  </span>
                )}
              </li>
            );
          })}
        </ul>
      </div>
    </Modal>
  );
}
