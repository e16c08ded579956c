import { Button } from 'antd';
import type { ReactNode } from 'react';

import { useLang } from '@/i18n/setup';
import { ClockChip } from '@/kit/ClockChip';
import { MaskedPhone } from '@/kit/MaskedPhone';
import { Money } from '@/kit/Money';
import { RelativeTime } from '@/kit/RelativeTime';
import { StatePill } from '@/kit/StatePill';
import { stateLooks, type StateKind } from '@/kit/states';
import { formatWindow } from '@/lib/format';
import { defaultZone } from '@/lib/instant';
import { useNow } from '@/lib/now';
import { ReasonList, Why } from '@/ui/Why';

import { sampleReasons, samples } from './samples';
import styles from './style.module.css';

const minute = 60_000;

/** The small pieces: states, clocks, times, money, phones, reasons. */
export function PieceSamples() {
  const lang = useLang();
  const chinese = lang !== 'en';
  const s = samples(lang);
  const now = useNow(15_000);
  const m = s.milestone;
  return (
    <div className={styles.page}>
      <h1>{s.nav.pieces}</h1>
      <Sample title="StatePill">
        {Object.entries(stateLooks).map(([kind, looks]) => (
          <div key={kind} className={styles.row}>
            <code className={styles.kind}>{kind}</code>
            {Object.keys(looks).map((state) => (
              <StatePill key={state} kind={kind as StateKind} state={state} />
            ))}
          </div>
        ))}
        <div className={styles.row}>
          <code className={styles.kind}>label</code>
          <StatePill kind="case" state="serving" label={chinese ? '等客户寄回遥控器' : 'Waiting for the remote control'} />
        </div>
      </Sample>
      <Sample title="ClockChip">
        <div className={styles.row}>
          <ClockChip clock={{ state: 'running', milestone: m, target: now + 125 * minute }} />
          <ClockChip clock={{ state: 'running', milestone: m, target: now + 18 * minute, warn_at: now - minute }} />
          <ClockChip clock={{ state: 'running', milestone: m, target: now - 7 * minute }} />
          <ClockChip clock={{ state: 'paused', milestone: m, waited_for: 'part' }} />
          <ClockChip clock={{ state: 'paused', waited_for: 'customer' }} />
          <ClockChip clock={{ state: 'met', milestone: m, target: now - 60 * minute }} />
          <ClockChip clock={{ state: 'breached', milestone: m, target: now - 300 * minute, ended_at: now - 180 * minute }} />
        </div>
      </Sample>
      <div className={styles.grid}>
        <Sample title="RelativeTime">
          <ul className={styles.plain}>
            {[-20_000, -5 * minute, -130 * minute, -15 * 60 * minute, 30 * minute, 26 * 60 * minute, -400 * 24 * 60 * minute].map((offset) => (
              <li key={offset}>
                <RelativeTime at={now + offset} />
              </li>
            ))}
            <li>{formatWindow(now + 60 * minute, now + 180 * minute, now, defaultZone, lang)}</li>
          </ul>
        </Sample>
        <Sample title="Money">
          <ul className={styles.plain}>
            <li><Money minor={12_345} currency="CNY" /></li>
            <li><Money minor={-8_800} currency="CNY" /></li>
            <li><Money minor={123_456_789} currency="CNY" /></li>
            <li><Money minor={5_000} currency="JPY" /></li>
            <li><Money minor={1_999} currency="EUR" /></li>
          </ul>
        </Sample>
        <Sample title="MaskedPhone">
          <ul className={styles.plain}>
            <li><MaskedPhone masked="138****2046" reveal={() => Promise.resolve('13800002046')} /></li>
            <li><MaskedPhone masked="0571-****6688" /></li>
          </ul>
        </Sample>
        <Sample title="Why">
          <div className={styles.row}>
            <Why reasons={sampleReasons(lang)} />
            <Why reasons={sampleReasons(lang).slice(0, 2)} label={chinese ? '为什么在保？' : 'Why covered?'} />
          </div>
          <ReasonList reasons={sampleReasons(lang)} />
        </Sample>
      </div>
      <Sample title="Button">
        <div className={styles.row}>
          <Button type="primary">{s.newCase}</Button>
          <Button>{s.assign}</Button>
          <Button danger>{chinese ? '取消服务单' : 'Cancel the order'}</Button>
          <Button disabled>{s.assign}</Button>
          <Button type="text">{s.nav.list}</Button>
          <Button type="link">{s.nav.detail}</Button>
        </div>
      </Sample>
    </div>
  );
}

/** One framed sample with the component's name. */
export function Sample({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.sample}>
      <h2 lang="en">{title}</h2>
      {children}
    </section>
  );
}
