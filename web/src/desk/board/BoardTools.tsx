import { App, Button, Segmented } from 'antd';
import { BellRing, ChevronLeft, ChevronRight, Map as MapIcon, Radio, SendHorizontal, Sparkles, Undo2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

import { answer, api } from '@/api/client';
import { asApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { usePhone } from '@/lib/media';

import { Choose } from '../parts/Inputs';
import { readAll, useRead } from '../parts/server';
import type { Undoable } from './acts';
import { useAlerts } from './AlertsDrawer';
import { addDays } from './axis';
import styles from './board.module.css';
import type { BoardState, useBoardState } from './useBoardState';

interface Props {
  state: BoardState;
  put: ReturnType<typeof useBoardState>[1];
  live: boolean;
  undoable: Undoable | undefined;
  waiting: number;
  /** How many visits nobody was told of yet. */
  unsent: number;
  onSend: (() => void) | undefined;
  onPlan: (() => void) | undefined;
  onAlerts: () => void;
}

/** Which days and whose, and what can be done with the whole of them. */
export function BoardTools({ state, put, live, undoable, waiting, unsent, onSend, onPlan, onAlerts }: Props) {
  const t = useDeskT();
  const phone = usePhone();
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))));
  const alerts = useAlerts().data?.length ?? 0;
  const step = phone ? 1 : state.span;
  return (
    <div className={styles.tools}>
      <h1>{t('board.title')}</h1>
      <Button aria-label={t('board.before')} icon={<ChevronLeft size={16} aria-hidden />} onClick={() => put({ day: addDays(state.day, -step) })} />
      <input type="date" aria-label={t('day.date')} value={state.day} onChange={(event) => put({ day: event.target.value === '' ? undefined : event.target.value })} />
      <Button aria-label={t('board.after')} icon={<ChevronRight size={16} aria-hidden />} onClick={() => put({ day: addDays(state.day, step) })} />
      <Button disabled={state.day === state.today} onClick={() => put({ day: undefined })}>
        {t('board.today')}
      </Button>
      {!phone && (
        <>
          <Segmented aria-label={t('board.span')} value={state.span} options={([1, 3, 7] as const).map((value) => ({ value, label: t(`board.span.${value}`) }))} onChange={(value) => put({ span: value === 1 ? undefined : String(value) })} />
          <Segmented aria-label={t('board.view')} value={state.list ? 'list' : 'time'} options={[{ value: 'time', label: t('board.view.time') }, { value: 'list', label: t('board.view.list') }]} onChange={(value) => put({ view: value === 'list' ? 'list' : undefined })} />
        </>
      )}
      <Button icon={<MapIcon size={16} aria-hidden />} aria-pressed={state.map} type={state.map ? 'primary' : 'default'} ghost={state.map} onClick={() => put({ map: state.map ? undefined : '1' })}>
        {t('board.map')}
      </Button>
      {(outlets.data ?? []).length > 1 && (
        <div style={{ width: 150 }}>
          <Choose label="" none={t('day.allOutlets')} value={state.outlet} options={(outlets.data ?? []).map((one) => ({ value: one.id, label: one.name }))} onChange={(value) => put({ outlet: value })} />
        </div>
      )}
      <span className={`${styles.live} ${styles.push}`} data-open={live || undefined} role="status" title={t(live ? 'board.live' : 'board.notLive')}>
        <Radio size={16} aria-hidden /> <span className={live ? 'visually-hidden' : undefined}>{t(live ? 'board.live' : 'board.notLive')}</span>
      </span>
      <Undo undoable={undoable} />
      <Button danger={alerts > 0} icon={<BellRing size={16} aria-hidden />} title={t('board.alerts')} aria-label={t('board.alertsCount', { count: alerts })} onClick={onAlerts}>
        {alerts}
      </Button>
      {onSend && (
        <Button icon={<SendHorizontal size={16} aria-hidden />} disabled={unsent === 0} onClick={onSend}>
          {t('board.sendAll', { count: unsent })}
        </Button>
      )}
      {onPlan && (
        <Button type="primary" icon={<Sparkles size={16} aria-hidden />} disabled={waiting === 0} onClick={onPlan}>
          {t('board.rest', { count: waiting })}
        </Button>
      )}
    </div>
  );
}

/** Takes one's last act back: by a button, or Ctrl+Z outside of text. */
function Undo({ undoable }: { undoable: Undoable | undefined }) {
  const t = useDeskT();
  const { notification, message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const told = useRef(undoable);
  useEffect(() => {
    // What was done before the board was opened was told then.
    if (undoable && undoable !== told.current) void message.success(undoable.words);
    told.current = undoable;
  }, [undoable, message]);

  const run = async () => {
    if (!undoable || busy) return;
    setBusy(true);
    try {
      await undoable.undo();
      void message.success(t('board.undone'));
    } catch (thrown) {
      notification.error({ title: t('board.undoFailed'), description: asApiError(thrown).words });
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, [contenteditable]');
      if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey || typing) return;
      event.preventDefault();
      void run();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
  return (
    <Button icon={<Undo2 size={16} aria-hidden />} disabled={!undoable} loading={busy} title={undoable?.words} onClick={() => void run()}>
      {t('board.undo')}
    </Button>
  );
}
