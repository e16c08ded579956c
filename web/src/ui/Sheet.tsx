import { App, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import type { ReactNode } from 'react';

import { useLang } from '@/i18n/setup';
import { antdTheme } from '@/theme/antd';
import { usePhone } from '@/lib/media';
import { useLookOnPage } from '@/theme/look';

import './touch.css';

/** Ant Design in our look and language, around the desk. */
export function Sheet({ children }: { children: ReactNode }) {
  const look = useLookOnPage();
  const lang = useLang();
  const phone = usePhone();
  return (
    <ConfigProvider theme={antdTheme(look, phone)} locale={lang === 'en' ? enUS : zhCN} button={{ autoInsertSpace: false }}>
      <App className="app">{children}</App>
    </ConfigProvider>
  );
}
