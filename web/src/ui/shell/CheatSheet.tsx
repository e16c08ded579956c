import { Modal } from 'antd';

import { useDeskT } from '@/i18n/desk';

import styles from './shell.module.css';
import { modName } from './shortcuts';
import type { Command, NavItem } from './types';

/** The keyboard on one sheet. */
export function CheatSheet({ open, items, commands, onClose }: { open: boolean; items: readonly NavItem[]; commands: readonly Command[]; onClose: () => void }) {
  const t = useDeskT();
  const keys = [
    [`${modName} K`, t('keys.palette')],
    ['?', t('keys.help')],
    ['J / ↓', t('keys.next')],
    ['K / ↑', t('keys.previous')],
    ['O / Enter', t('keys.open')],
    ['Esc', t('keys.shut')],
    ...commands.flatMap((command) => (command.hotkey ? [[command.hotkey.toUpperCase(), command.label] as const] : [])),
    ...items.flatMap((item) => (item.hotkey ? [[`G ${item.hotkey.toUpperCase()}`, t('keys.go', { place: item.label })] as const] : [])),
  ] as const;
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t('keys.title')} width={420}>
      <dl className={styles.keys}>
        {keys.map(([key, words]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
