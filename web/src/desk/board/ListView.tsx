import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { StatePill } from '@/kit/StatePill';
import { formatDate, formatDuration, formatTime } from '@/lib/format';
import { dayAt, defaultZone } from '@/lib/instant';

import styles from './board.module.css';
import { useFetched } from './fetched';
import type { Bar, Item } from './types';
import { useOrderWords } from './verdict';

/** The board as a list: for a phone, and for who reads it line by line. */
export function ListView({ items, dates, onOpen }: { items: readonly Item[]; dates: readonly string[]; onOpen: (bar: Bar) => void }) {
  const t = useDeskT();
  const lang = useLang();
  return (
    <div className={styles.listview} role="region" aria-label={t('board.title')}>
      {items.map((item) =>
        item.kind === 'outlet' ? (
          <section key={item.key}>
            <h2>
              {item.name} <small className={styles.soft}>{t('board.outletCount', { engineers: item.engineers, visits: item.visits })}</small>
            </h2>
          </section>
        ) : (
          <section key={item.key}>
            <h3>
              {item.lane.name} <small>{item.lane.bars.length === 0 ? t(item.lane.shifts.length === 0 ? 'board.noShift' : 'board.idle') : formatDuration(item.lane.minutes * 60_000, lang)}</small>
            </h3>
            <ul>
              {item.lane.bars.map((bar) => (
                <li key={bar.key}>
                  <Line bar={bar} dated={dates.length > 1} onOpen={onOpen} />
                </li>
              ))}
            </ul>
          </section>
        ),
      )}
    </div>
  );
}

function Line({ bar, dated, onOpen }: { bar: Bar; dated: boolean; onOpen: (bar: Bar) => void }) {
  const t = useDeskT();
  const lang = useLang();
  const words = useOrderWords();
  const fetched = useFetched();
  const times = `${dated ? `${formatDate(`${dayAt(bar.from, defaultZone)}T12:00:00Z`, defaultZone, lang)} ` : ''}${formatTime(bar.from, defaultZone)}–${formatTime(bar.to, defaultZone)}`;
  const first = bar.orders[0];
  if (bar.stop) {
    return (
      <span>
        {times} <small className={styles.soft}>{t(bar.to > bar.from ? 'board.fetch' : 'board.fetch.start', { parts: fetched(bar.stop), outlet: bar.stop.outlet_name })}</small>
      </span>
    );
  }
  if (bar.foreign || !bar.visit || !first) {
    return (
      <span>
        {times} <small className={styles.soft}>{t(bar.kind === 'claim' ? 'board.claim' : 'board.foreign')}</small>
      </span>
    );
  }
  const late = first.promised !== undefined && bar.from > Date.parse(first.promised.to);
  return (
    <button type="button" data-visit={bar.visit.id} onClick={() => onOpen(bar)}>
      <b>{times}</b>
      <span>
        {words(first)} <small className={styles.soft}>{first.number}</small>
      </span>
      <StatePill kind="visit" state={bar.visit.state} />
      {bar.planned && <small className={styles.soft}>{t('board.wasPlanned', { from: formatTime(bar.planned.from, defaultZone), to: formatTime(bar.planned.to, defaultZone) })}</small>}
      {bar.visit.parts_short && <b className={styles.verdict} data-verdict="refused">{t('board.partsShort')}</b>}
      {late && <b className={styles.verdict} data-verdict="refused">{t('board.late')}</b>}
    </button>
  );
}
