import { useDeskT } from '@/i18n/desk';
import { formatTime } from '@/lib/format';
import { defaultZone } from '@/lib/instant';
import { useStore } from '@/lib/store';

import { useWorded } from '../parts/reasons';
import styles from './board.module.css';
import type { Drag } from './drag';
import type { Lane } from './types';
import { VerdictMark } from './verdict';

/** What hangs at the pointer: the work, the spot below it and what the server says of it. */
export function Ghost({ drag, lanes }: { drag: Drag; lanes: readonly Lane[] }) {
  const t = useDeskT();
  const worded = useWorded();
  const state = useStore(drag.state);
  if (!state) return null;
  const { work, pointer, spot, judged } = state;
  const name = spot && lanes.find((lane) => lane.id === spot.engineer)?.name;
  const why = judged && worded(judged.reasons)[0]?.words;
  // On the left of a pointer that is near the right edge, where it would not fit.
  const left = pointer.x + 290 > window.innerWidth ? pointer.x - 286 : pointer.x + 14;
  return (
    <div className={styles.ghost} style={{ transform: `translate(${left}px, ${pointer.y + 16}px)` }} data-verdict={spot ? (judged?.verdict ?? 'asking') : undefined} role="status">
      <b>{work.number}</b>
      {spot ? (
        <>
          {spot.swap ? <span>{t('board.swap.with', { number: spot.swap.number, name: name ?? '' })}</span> : <span>
            {name} {formatTime(spot.start, defaultZone)}–{formatTime(spot.start + work.minutes * 60_000, defaultZone)}
          </span>}
          <VerdictMark verdict={judged?.verdict} />
          {why && <small>{why}</small>}
        </>
      ) : (
        <small>{t('board.dropHere')}</small>
      )}
    </div>
  );
}
