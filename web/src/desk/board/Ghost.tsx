import { useLayoutEffect, useRef } from 'react';

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
  const box = useRef<HTMLDivElement>(null);
  const shown = state !== undefined;
  // It follows the pointer by itself: a move renders nothing.
  useLayoutEffect(() => {
    if (!shown) return;
    const follow = () => {
      const { x, y } = drag.pointer.get();
      // On the left of a pointer that is near the right edge, where it would not fit.
      const left = x + 290 > window.innerWidth ? x - 286 : x + 14;
      if (box.current) box.current.style.transform = `translate(${left}px, ${y + 16}px)`;
    };
    follow();
    return drag.pointer.subscribe(follow);
  }, [shown, drag]);
  if (!state) return null;
  const { work, spot, judged } = state;
  const name = spot && lanes.find((lane) => lane.id === spot.engineer)?.name;
  const why = judged && worded(judged.reasons)[0]?.words;
  return (
    <>
      {/* Nothing below the pointer lights up while something hangs at it, and nobody looks for what that would be. */}
      <div className={styles.veil} aria-hidden />
      <div ref={box} className={styles.ghost} data-verdict={spot ? (judged?.verdict ?? 'asking') : undefined} role="status">
        <b>{work.number}</b>
        {spot ? (
          <>
            <span>{spot.swap ? t('board.swap.with', { number: spot.swap.number, name: name ?? '' }) : `${name ?? ''} ${formatTime(spot.start, defaultZone)}–${formatTime(spot.start + work.minutes * 60_000, defaultZone)}`}</span>
            <VerdictMark verdict={judged?.verdict} />
            {why && <small>{why}</small>}
          </>
        ) : (
          <small>{t('board.dropHere')}</small>
        )}
      </div>
    </>
  );
}
