import { Progress } from 'antd';
import { Ban, CircleAlert, CircleCheck, Hourglass, LoaderCircle, Undo2, type LucideIcon } from 'lucide-react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { Pill } from '@/kit/StatePill';
import type { Tone } from '@/theme/tokens';

import { useRead, useSay } from '../parts/server';
import type { ImportRun } from '../parts/types';

const looks: Partial<Record<string, [Tone, LucideIcon]>> = {
  ready: ['neutral', Hourglass],
  running: ['busy', LoaderCircle],
  done: ['good', CircleCheck],
  failed: ['bad', CircleAlert],
  cancelled: ['neutral', Ban],
  undoing: ['busy', LoaderCircle],
  undone: ['neutral', Undo2],
};

/** Whether a run goes on by itself, so that its numbers move. */
export function isLive(run: ImportRun): boolean {
  return run.state === 'ready' || run.state === 'running' || run.state === 'undoing';
}

/** A run's state in a word. */
export function ImportState({ run }: { run: ImportRun }) {
  const say = useSay();
  const [tone, icon] = looks[run.state] ?? ['neutral', Hourglass];
  return <Pill tone={tone} icon={icon} label={say(`import.state.${run.state}`)} />;
}

/** How far a run is; a run whose rows are not counted yet shows how many it has read. */
export function ImportProgress({ run }: { run: ImportRun }) {
  const t = useDeskT();
  const done = run.made + run.changed + run.same + run.failed;
  if (run.total === 0) return <>{done === 0 ? '' : done.toLocaleString('en')}</>;
  const count = t('progress.count', { done: done.toLocaleString('en'), total: run.total.toLocaleString('en') });
  return (
    <span>
      {isLive(run) && <Progress percent={Math.min(100, Math.floor((done / run.total) * 100))} size="small" showInfo={false} aria-label={count} />}
      {count}
    </span>
  );
}

/** What can be imported by whoever is signed in, with its fields. */
export function useTargets() {
  return useRead(['import-targets'], async () => (await answer(api.GET('/imports/targets'))) ?? []);
}
