import { AlarmClock, CircleCheck, CirclePause, TriangleAlert } from 'lucide-react';

import { useLang, useT } from '@/i18n/setup';
import { formatDuration, formatExact } from '@/lib/format';
import { defaultZone, millis } from '@/lib/instant';
import { useNow } from '@/lib/now';

import { readClock, type ClockView } from './clock';
import { Pill } from './StatePill';

const icons = { left: AlarmClock, late: TriangleAlert, met: CircleCheck, breached: TriangleAlert, paused: CirclePause } as const;

/** Ticks each second near the deadline, when the chip shows seconds, else four times a minute. */
function useClockNow(clock: ClockView): number {
  const slow = useNow(15_000);
  const urgent = clock.target !== undefined && Math.abs(millis(clock.target) - slow) < 120_000;
  return useNow(urgent ? 1_000 : 15_000);
}

interface Props {
  clock: ClockView;
  zone?: string;
}

/** A deadline that counts down: running, paused and by whom, met, breached. The exact time is on hover. */
export function ClockChip({ clock, zone = defaultZone }: Props) {
  const t = useT();
  const lang = useLang();
  const now = useClockNow(clock);
  const reading = readClock(clock, now);
  const time = reading.ms === undefined ? '' : formatDuration(reading.ms, lang);
  let words: string;
  if (reading.word === 'paused') {
    words = clock.waited_for ? t('clock.pausedBy', { who: t(`clock.party.${clock.waited_for}`) }) : t('clock.paused');
  } else if (reading.ms === undefined) {
    words = reading.word === 'met' ? t('clock.met') : t('clock.breached');
  } else {
    words = t(reading.word === 'late' ? 'clock.late' : 'clock.left', { time });
  }
  const label = clock.milestone ? `${clock.milestone} · ${words}` : words;
  const due = clock.target === undefined ? '' : t('clock.due', { at: formatExact(clock.target, zone) });
  return <Pill tone={reading.tone} icon={icons[reading.word]} label={label} {...(due ? { title: due } : {})} />;
}
