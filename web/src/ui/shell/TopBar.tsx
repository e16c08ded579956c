import { Button, Dropdown, type MenuProps } from 'antd';
import { KeyRound, Languages, LogOut, Menu, Moon, Rows3, Search, Sun, SunMoon } from 'lucide-react';
import type { ReactNode } from 'react';

import { useDeskT } from '@/i18n/desk';
import { languageNames, languages, langStore, useLang } from '@/i18n/setup';
import { useStore } from '@/lib/store';
import { densities, densityStore, themeChoices, themeStore } from '@/theme/look';

import styles from './shell.module.css';
import { modName } from './shortcuts';
import type { ShellUser } from './types';

interface Props {
  phone: boolean;
  user: ShellUser | undefined;
  onMenu: () => void;
  onSearch: () => void;
  onSignOut: () => void;
  /** Opens one's own account; without it there is none to open. */
  onAccount?: (() => void) | undefined;
  /** Right of the search: notifications, jobs. */
  tools?: ReactNode;
}

/** Search, tools, language, look and the person. */
export function TopBar({ phone, user, onMenu, onSearch, onSignOut, onAccount, tools }: Props) {
  const t = useDeskT();
  return (
    <header className={styles.top}>
      {phone && <Button type="text" icon={<Menu size={18} aria-hidden />} aria-label={t('shell.rail.open')} onClick={onMenu} />}
      <span className={styles.brand}>
        <img src="/icon.svg" alt="" width={24} height={24} />
        {!phone && <b>{t('app.name')}</b>}
      </span>
      <button type="button" className={styles.search} onClick={onSearch}>
        <Search size={16} aria-hidden />
        <span>{t('shell.search')}</span>
        {!phone && <kbd>{modName} K</kbd>}
      </button>
      <span className={styles.tools}>
        {tools}
        <LanguageMenu />
        <LookMenu />
        {user && <UserMenu user={user} phone={phone} onSignOut={onSignOut} onAccount={onAccount} />}
      </span>
    </header>
  );
}

function LanguageMenu() {
  const t = useDeskT();
  const lang = useLang();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: languages.map((key) => ({ key, label: <span lang={key}>{languageNames[key]}</span> })),
        selectable: true,
        selectedKeys: [lang],
        onClick: ({ key }) => langStore.set(languages.find((one) => one === key) ?? lang),
      }}
    >
      <Button type="text" icon={<Languages size={18} aria-hidden />} aria-label={t('look.language')} title={t('look.language')} />
    </Dropdown>
  );
}

function LookMenu() {
  const t = useDeskT();
  const theme = useStore(themeStore);
  const density = useStore(densityStore);
  const icons = { system: SunMoon, light: Sun, dark: Moon };
  const items: MenuProps['items'] = [
    ...themeChoices.map((key) => {
      const Icon = icons[key];
      return { key, label: t(`look.${key}`), icon: <Icon size={14} aria-hidden /> };
    }),
    { type: 'divider' as const },
    ...densities.map((key) => ({ key, label: t(`look.${key}`), icon: <Rows3 size={14} aria-hidden /> })),
  ];
  const Icon = icons[theme];
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items,
        selectable: true,
        selectedKeys: [theme, density],
        onClick: ({ key }) => {
          const asTheme = themeChoices.find((one) => one === key);
          const asDensity = densities.find((one) => one === key);
          if (asTheme) themeStore.set(asTheme);
          if (asDensity) densityStore.set(asDensity);
        },
      }}
    >
      <Button type="text" icon={<Icon size={18} aria-hidden />} aria-label={t('look.theme')} title={t('look.theme')} />
    </Dropdown>
  );
}

function UserMenu({ user, phone, onSignOut, onAccount }: { user: ShellUser; phone: boolean; onSignOut: () => void; onAccount: (() => void) | undefined }) {
  const t = useDeskT();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          ...(onAccount ? [{ key: 'account', label: t('account.title'), icon: <KeyRound size={14} aria-hidden /> }] : []),
          { key: 'out', label: t('shell.signOut'), icon: <LogOut size={14} aria-hidden /> },
        ],
        onClick: ({ key }) => (key === 'account' ? onAccount?.() : onSignOut()),
      }}
    >
      <button type="button" className={styles.user} title={t('shell.user')}>
        <span className={styles.avatar} aria-hidden>
          {Array.from(user.name)[0]}
        </span>
        {phone ? (
          <span className="visually-hidden">{user.name}</span>
        ) : (
          <span className={styles.who}>
            <b>{user.name}</b>
            <small>{user.role}</small>
          </span>
        )}
      </button>
    </Dropdown>
  );
}
