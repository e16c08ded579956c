import { Button, Drawer, Progress } from 'antd';
import { Ban, CircleCheck, CircleX, Download, Hourglass, LoaderCircle } from 'lucide-react';

import { useDeskT } from '@/i18n/desk';
import { Pill } from '@/kit/StatePill';

import styles from './progress.module.css';

/** A background job somebody waits for. */
export interface JobView {
  id: string;
  title: string;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  done: number;
  /** Unknown totals are 0. */
  total: number;
  /** What it is at, or why it failed, in words. */
  note?: string | undefined;
  /** Where its result lies. */
  download?: string | undefined;
}

const looks = {
  waiting: { tone: 'neutral', icon: Hourglass },
  running: { tone: 'busy', icon: LoaderCircle },
  done: { tone: 'good', icon: CircleCheck },
  failed: { tone: 'bad', icon: CircleX },
  cancelled: { tone: 'neutral', icon: Ban },
} as const;

interface Props {
  open: boolean;
  onClose: () => void;
  jobs: readonly JobView[];
  onCancel: (id: string) => void;
  onRetry?: (id: string) => void;
}

/** Imports, exports and other long work: counts, cancel, download. */
export function ProgressDrawer({ open, onClose, jobs, onCancel, onRetry }: Props) {
  const t = useDeskT();
  return (
    <Drawer open={open} onClose={onClose} title={t('progress.title')} size={400}>
      {jobs.length === 0 && <p className={styles.none}>{t('progress.empty')}</p>}
      <ul className={styles.list}>
        {jobs.map((job) => (
          <Job key={job.id} job={job} onCancel={onCancel} onRetry={onRetry} />
        ))}
      </ul>
    </Drawer>
  );
}

interface JobProps {
  job: JobView;
  onCancel: (id: string) => void;
  onRetry: ((id: string) => void) | undefined;
}

function Job({ job, onCancel, onRetry }: JobProps) {
  const t = useDeskT();
  const live = job.state === 'running' || job.state === 'waiting';
  const percent = job.total > 0 ? Math.min(100, Math.floor((job.done / job.total) * 100)) : 0;
  const count = job.total > 0 ? t('progress.count', { done: job.done.toLocaleString('en'), total: job.total.toLocaleString('en') }) : '';
  return (
    <li className={styles.job} aria-label={job.title}>
      <div className={styles.line}>
        <b>{job.title}</b>
        <Pill tone={looks[job.state].tone} icon={looks[job.state].icon} label={t(`progress.${job.state}`)} />
      </div>
      {live && <Progress percent={percent} size="small" showInfo={false} aria-label={`${job.title} ${percent}%`} />}
      <div className={styles.line}>
        <span className={styles.note}>{[count, job.note].filter(Boolean).join(' · ')}</span>
        {live && (
          <Button size="small" onClick={() => onCancel(job.id)}>
            {t('word.cancel')}
          </Button>
        )}
        {job.state === 'failed' && onRetry && (
          <Button size="small" onClick={() => onRetry(job.id)}>
            {t('word.retry')}
          </Button>
        )}
        {job.download && (
          <Button size="small" type="primary" href={job.download} icon={<Download size={14} aria-hidden />}>
            {t('progress.download')}
          </Button>
        )}
      </div>
    </li>
  );
}
