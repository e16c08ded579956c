import { Drawer } from 'antd';
import { useState, type ReactNode } from 'react';

import { useDeskT } from '@/i18n/desk';
import { usePhone } from '@/lib/media';
import { createKeptStore, useStore } from '@/lib/store';

import { CheatSheet } from './CheatSheet';
import { Palette } from './Palette';
import { Rail } from './Rail';
import styles from './shell.module.css';
import { useShortcuts } from './shortcuts';
import { TopBar } from './TopBar';
import type { Command, Finder, NavGroup, ShellUser } from './types';

const railStore = createKeptStore<'open' | 'folded'>('anxin.rail', ['open', 'folded'], 'open');

interface Props {
  groups: readonly NavGroup[];
  user: ShellUser | undefined;
  /** Acts of the palette beyond the places of the rail. */
  commands: readonly Command[];
  /** Goes to a place of the desk. */
  go: (to: string) => void;
  find?: Finder;
  tools?: ReactNode;
  onSignOut: () => void;
  /** Where one's own account stands; none: there is no such page. */
  account?: string;
  children: ReactNode;
}

/** The frame of the desk: rail by role, search, language and look, the page in the middle. */
export function AppShell({ groups, user, commands, go, find, tools, onSignOut, account, children }: Props) {
  const t = useDeskT();
  const phone = usePhone();
  const rail = useStore(railStore);
  const [palette, setPalette] = useState(false);
  const [sheet, setSheet] = useState(false);
  const [menu, setMenu] = useState(false);

  const items = groups.flatMap((group) => group.items);
  useShortcuts({
    'mod+k': () => setPalette(true),
    '?': () => setSheet(true),
    ...Object.fromEntries(items.flatMap((item) => (item.hotkey ? [[`g ${item.hotkey}`, () => go(item.to)] as const] : []))),
    ...Object.fromEntries(commands.flatMap((command) => (command.hotkey ? [[command.hotkey, command.run] as const] : []))),
  });

  const places: Command[] = groups.flatMap((group) =>
    group.items.map((item) => ({ key: `go:${item.key}`, label: item.label, icon: item.icon, section: group.label ?? '', words: item.to, hint: item.hotkey ? `G ${item.hotkey.toUpperCase()}` : undefined, run: () => go(item.to) })),
  );

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        {t('shell.skip')}
      </a>
      <TopBar phone={phone} user={user} tools={tools} onMenu={() => setMenu(true)} onSearch={() => setPalette(true)} onSignOut={onSignOut} onAccount={account === undefined ? undefined : () => go(account)} />
      <div className={styles.middle}>
        {phone ? (
          <Drawer placement="left" size={264} open={menu} onClose={() => setMenu(false)} title={t('app.name')} styles={{ body: { padding: 0 } }}>
            <Rail groups={groups} folded={false} onGo={() => setMenu(false)} />
          </Drawer>
        ) : (
          <Rail groups={groups} folded={rail === 'folded'} onFold={() => railStore.set(rail === 'folded' ? 'open' : 'folded')} />
        )}
        <main id="main" tabIndex={-1} className={styles.main}>
          {children}
        </main>
      </div>
      <Palette open={palette} onClose={() => setPalette(false)} commands={[...places, ...commands]} find={find} />
      <CheatSheet open={sheet} items={items} commands={commands} onClose={() => setSheet(false)} />
    </div>
  );
}
