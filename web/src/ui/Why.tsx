import { Popover } from 'antd';
import { CircleAlert, CircleCheck, CircleHelp, CircleX, Info } from 'lucide-react';

import { useDeskT } from '@/i18n/desk';

import styles from './why.module.css';

/** One reason of a computed thing, as the server keeps it, with its words in the asked language. */
export interface Reason {
  code: string;
  params?: Record<string, unknown> | undefined;
  verdict: 'ok' | 'fail' | 'warn' | 'info';
  words: string;
  /** What was asked and found, where the reason compares. */
  limit?: unknown;
  value?: unknown;
}

interface Props {
  reasons: readonly Reason[];
  /** What is explained; the link says 为什么? without it. */
  label?: string;
}

const icons = { ok: CircleCheck, fail: CircleX, warn: CircleAlert, info: Info } as const;

/** A small link beside a computed thing that opens its reasons in words. */
export function Why({ reasons, label }: Props) {
  const t = useDeskT();
  return (
    <Popover trigger="click" title={t('why.title')} content={<ReasonList reasons={reasons} />}>
      <button type="button" className="quiet-button">
        <CircleHelp size={14} aria-hidden /> {label ?? t('why.open')}
      </button>
    </Popover>
  );
}

/** Numbers and short texts read well in a sentence; lists and objects are in the words already. */
function isPlain(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '');
}

/** Reasons one below the other: verdict, words, numbers. */
export function ReasonList({ reasons }: { reasons: readonly Reason[] }) {
  const t = useDeskT();
  return (
    <ul className={styles.list}>
      {reasons.map((reason, index) => {
        const Icon = icons[reason.verdict];
        return (
          <li key={`${reason.code}:${index}`} data-verdict={reason.verdict} data-code={reason.code}>
            <Icon size={16} aria-label={t(`why.${reason.verdict}`)} role="img" />
            <span>
              {reason.words}
              {isPlain(reason.limit) && isPlain(reason.value) && <small>{t('why.limit', { limit: reason.limit, value: reason.value })}</small>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
