import { Link } from '@tanstack/react-router';
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';

import { useDeskT } from '@/i18n/desk';
import { formatCount } from '@/lib/format';
import { useLang } from '@/i18n/setup';

import styles from './shell.module.css';
import type { NavGroup } from './types';

interface Props {
  groups: readonly NavGroup[];
  folded: boolean;
  /** Absent in the phone's drawer, which is always unfolded. */
  onFold?: (() => void) | undefined;
  onGo?: () => void;
}

/** The places of a role, with what waits in each. */
export function Rail({ groups, folded, onFold, onGo }: Props) {
  const t = useDeskT();
  const lang = useLang();
  const Fold = folded ? PanelLeftOpen : PanelLeftClose;
  return (
    <nav className={styles.rail} data-folded={folded || undefined} aria-label={t('shell.rail')}>
      <div className={styles.places}>
        {groups.map((group) => (
          <div key={group.key} className={styles.group}>
            {group.label && !folded && <h2>{group.label}</h2>}
            {group.items.map(({ key, label, icon: Icon, to, count, more }) => (
              <Link key={key} to={to} className={styles.place} activeProps={{ 'aria-current': 'page' }} title={folded ? label : undefined} {...(onGo ? { onClick: onGo } : {})}>
                <Icon size={18} aria-hidden />
                <span className={folded ? 'visually-hidden' : styles.placeLabel}>{label}</span>
                {count !== undefined && count > 0 && <span className={styles.badge}>{count > 999 ? '999+' : `${formatCount(count, lang)}${more ? '+' : ''}`}</span>}
              </Link>
            ))}
          </div>
        ))}
      </div>
      {onFold && (
        <button type="button" className={styles.fold} onClick={onFold} aria-label={t(folded ? 'shell.rail.unfold' : 'shell.rail.fold')} title={t(folded ? 'shell.rail.unfold' : 'shell.rail.fold')}>
          <Fold size={18} aria-hidden />
        </button>
      )}
    </nav>
  );
}
