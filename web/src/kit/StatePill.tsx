import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

import { useT, type CommonKey } from '@/i18n/setup';
import type { Tone } from '@/theme/tokens';
import type { LucideIcon } from 'lucide-react';

import { lookOf, type StateKind } from './states';
import styles from './pill.module.css';

interface PillProps {
  tone: Tone;
  icon?: LucideIcon;
  label: string;
  title?: string;
}

/** A short word with its colour and icon. */
export function Pill({ tone, icon: Icon, label, title }: PillProps) {
  return (
    <span className={styles.pill} data-tone={tone} title={title}>
      {Icon && <Icon size={13} aria-hidden />}
      <span>{label}</span>
    </span>
  );
}

interface StatePillProps {
  kind: StateKind;
  state: string;
  /** The firm's own label of the sub-state; the machine state shows on hover then. */
  label?: string | undefined;
}

/** Gives the word of a state; a state that this build does not know stays as it is. */
export function useStateWord(): (kind: StateKind, state: string) => string {
  const t = useT();
  const { i18n } = useTranslation();
  return useCallback(
    (kind, state) => {
      const key = `state.${kind}.${state}`;
      return i18n.exists(key) ? t(key as CommonKey) : state;
    },
    [t, i18n],
  );
}

/** A record's state: icon and word, colour never alone. */
export function StatePill({ kind, state, label }: StatePillProps) {
  const { tone, icon } = lookOf(kind, state);
  const word = useStateWord()(kind, state);
  return <Pill tone={tone} icon={icon} label={label ?? word} {...(label ? { title: word } : {})} />;
}
