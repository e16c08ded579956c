import { Link } from '@tanstack/react-router';

import { useDeskT } from '@/i18n/desk';
import { StatePill, useStateWord } from '@/kit/StatePill';
import { formatTime } from '@/lib/format';
import { defaultZone } from '@/lib/instant';
import { usePhone } from '@/lib/media';

import styles from './day.module.css';
import { hoursShown, type Group, type Slot } from './lanes';

interface Props {
  groups: readonly Group[];
  /** Hours of the day that have passed; none on another day than today. */
  now: number | undefined;
}

const lineHeight = 40;

/** Times of a visit on the clock of its place. */
function timesOf({ visit }: Slot): { from: string; to: string } {
  const zone = visit.zone || defaultZone;
  return { from: formatTime(visit.start, zone), to: formatTime(visit.end, zone) };
}

/** Who is where when: lanes over the hours by outlet, on a phone one engineer below the other. */
export function DayBoard({ groups, now }: Props) {
  const phone = usePhone();
  return phone ? <Narrow groups={groups} /> : <Wide groups={groups} now={now} />;
}

function Wide({ groups, now }: Props) {
  const t = useDeskT();
  const { first, last } = hoursShown(groups);
  const share = (hour: number) => `${((hour - first) / (last - first)) * 100}%`;
  const hours = Array.from({ length: last - first }, (_, index) => first + index);
  const line = now !== undefined && now > first && now < last ? now : undefined;
  return (
    <div className={styles.board}>
      <div className={`${styles.lane} ${styles.hours}`}>
        <b>{t('order.engineer')}</b>
        <div className={styles.track}>
          {hours.map((hour) => (
            <span key={hour} className={styles.hour} style={{ left: share(hour) }}>
              {hour}:00
            </span>
          ))}
        </div>
      </div>
      {groups.map((group) => (
        <section key={group.key} aria-label={group.name}>
          <h2 className={styles.group}>
            <span>
              {group.name} <small>{t('day.count', { visits: group.lanes.reduce((sum, one) => sum + one.slots.length, 0) })}</small>
            </span>
          </h2>
          {group.lanes.map((one) => (
            <div key={one.key} className={styles.lane}>
              <b>{one.name}</b>
              <div className={styles.track} style={{ minHeight: one.lines * lineHeight + 4 }}>
                {hours.map((hour) => (
                  <span key={hour} aria-hidden className={styles.hour} style={{ left: share(hour) }} />
                ))}
                {line !== undefined && <span aria-hidden className={styles.nowline} style={{ left: share(line) }} />}
                {one.slots.map((slot) => (
                  <Bar key={slot.visit.id} slot={slot} left={share(Math.max(first, slot.from))} width={`${((Math.min(last, slot.to) - Math.max(first, slot.from)) / (last - first)) * 100}%`} />
                ))}
              </div>
            </div>
          ))}
          <Free names={group.free} />
        </section>
      ))}
    </div>
  );
}

function Bar({ slot, left, width }: { slot: Slot; left: string; width: string }) {
  const { visit } = slot;
  const { from, to } = timesOf(slot);
  const state = useStateWord()('visit', visit.state);
  return (
    <Link
      to="/orders/$orderId"
      params={{ orderId: visit.orders?.[0]?.order_id ?? '' }}
      className={styles.bar}
      data-state={visit.state}
      title={`${from}–${to} ${state} ${visit.number}`}
      style={{ left, width, top: 4 + slot.line * lineHeight }}
    >
      {from} <small>{state}</small>
    </Link>
  );
}

/** Who has nothing to do on the day, in one line. */
function Free({ names }: { names: readonly string[] }) {
  const t = useDeskT();
  return names.length === 0 ? null : <p className={styles.free}>{t('day.free', { names: names.join('、') })}</p>;
}

function Narrow({ groups }: { groups: readonly Group[] }) {
  return (
    <>
      {groups.map((group) => (
        <section key={group.key} className={styles.card} aria-label={group.name}>
          <h2>{group.name}</h2>
          {group.lanes.map((one) => (
            <div key={one.key}>
              <h3>{one.name}</h3>
              <ul>
                {one.slots.map((slot) => (
                  <li key={slot.visit.id}>
                    <Link to="/orders/$orderId" params={{ orderId: slot.visit.orders?.[0]?.order_id ?? '' }}>
                      {timesOf(slot).from}–{timesOf(slot).to}
                    </Link>
                    <StatePill kind="visit" state={slot.visit.state} />
                  </li>
                ))}
              </ul>
            </div>
          ))}
          <Free names={group.free} />
        </section>
      ))}
    </>
  );
}
