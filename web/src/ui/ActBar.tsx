import { Button, Dropdown, Popover } from 'antd';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';

import { useDeskT } from '@/i18n/desk';
import { usePhone } from '@/lib/media';

import { ActForm } from './ActForm';
import styles from './acts.module.css';
import type { Act, ActInput } from './actTypes';

interface Props {
  /** What may be done now, the likeliest first. */
  acts: readonly Act[];
  /** Carries an act out; throws ApiError when it is refused. */
  onAct: (act: Act, input: ActInput) => Promise<void>;
}

/** The next acts as buttons in words; each opens a small form when it needs a reason or a note. */
export function ActBar({ acts: given, onAct }: Props) {
  const t = useDeskT();
  const phone = usePhone();
  const [held, hold] = useState<Act>();
  const opened = held?.key ?? '';
  // An act whose form is open stays until it is closed, even when a colleague's act has made it impossible meanwhile:
  // what was typed is not taken away, the server says why it refuses.
  const offered = held && !given.some((act) => act.key === held.key) ? [...given, held] : given;
  // The server's words of acts stand within sentences as well, so they begin small.
  const acts = offered.map((act) => ({ ...act, label: act.label.charAt(0).toUpperCase() + act.label.slice(1) }));
  const setOpened = (key: string) => hold(acts.find((act) => act.key === key));
  const room = phone ? 2 : 4;
  // An act from the menu takes a place in the row while its form is open.
  const late = acts.slice(room).find((act) => act.key === opened);
  const shown = [...acts.slice(0, room), ...(late ? [late] : [])];
  const rest = acts.slice(room).filter((act) => act !== late);
  if (acts.length === 0) return <p className={styles.none}>{t('act.none')}</p>;
  return (
    <div className={styles.bar}>
      {shown.map((act, index) => (
        <Popover
          key={act.key}
          trigger="click"
          placement="bottomLeft"
          destroyOnHidden
          title={act.label}
          open={opened === act.key}
          onOpenChange={(open) => setOpened(open ? act.key : '')}
          content={<ActForm act={act} onAct={onAct} onClose={() => setOpened('')} />}
        >
          <Button type={index === 0 && !act.danger ? 'primary' : 'default'} danger={act.danger ?? false} disabled={act.blocked !== undefined} title={act.blocked}>
            {act.label}
          </Button>
        </Popover>
      ))}
      {rest.length > 0 && (
        <Dropdown
          trigger={['click']}
          menu={{
            items: rest.map((act) => ({ key: act.key, label: act.label, danger: act.danger ?? false, disabled: act.blocked !== undefined, ...(act.blocked ? { title: act.blocked } : {}) })),
            onClick: ({ key }) => setOpened(key),
          }}
        >
          <Button icon={<ChevronDown size={14} aria-hidden />} iconPlacement="end">
            {t('act.more')}
          </Button>
        </Dropdown>
      )}
    </div>
  );
}
