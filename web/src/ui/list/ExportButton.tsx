import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Dropdown } from 'antd';
import { Download } from 'lucide-react';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { asApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { uuid } from '@/lib/ids';

import { exportRequest, progressStore } from './exportRun';
import type { Column, ListSource } from './types';

/** Has the server write what the list shows to a file; how far it is stands in the drawer of background work. */
export function ExportButton<T>({ title, columns, source }: { title: string; columns: readonly Column<T>[]; source: ListSource }) {
  const t = useDeskT();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const start = async (format: 'csv' | 'xlsx') => {
    setBusy(true);
    try {
      await answer(api.POST('/exports', { params: { header: { 'Idempotency-Key': uuid() } }, body: exportRequest(title, columns, source, format) }));
      await queries.invalidateQueries({ queryKey: ['tasks'] });
      progressStore.set(true);
    } catch (thrown) {
      void message.error(asApiError(thrown).words || t('error.title'));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dropdown trigger={['click']} menu={{ items: [{ key: 'xlsx', label: t('list.export.xlsx') }, { key: 'csv', label: t('list.export.csv') }], onClick: ({ key }) => void start(key === 'csv' ? 'csv' : 'xlsx') }}>
      <Button type="text" loading={busy} icon={<Download size={16} aria-hidden />}>
        {t('list.export')}
      </Button>
    </Dropdown>
  );
}
