import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { Plus } from 'lucide-react';
import { useEffect } from 'react';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { ListPage } from '@/ui/list/ListPage';
import type { Column } from '@/ui/list/types';
import { useListState } from '@/ui/list/useListState';

import styles from '../parts/parts.module.css';
import { toPage } from '../parts/server';
import type { ImportRun } from '../parts/types';
import { ImportDetail } from './ImportDetail';
import { ImportProgress, ImportState, isLive, useTargets } from './importRun';

/** Imports, the newest first, with what became of them. */
export function ImportsPage() {
  const t = useDeskT();
  const targets = useTargets().data ?? [];
  const [state, change] = useListState([]);
  const list = useCursorList<ImportRun>(['imports'], async (cursor, signal) => toPage(await answer(api.GET('/imports', { params: { query: { cursor } }, signal }))));
  const { reload } = list;
  const moving = list.items.some(isLive);
  useEffect(() => {
    if (!moving) return undefined;
    const timer = setInterval(reload, 2000);
    return () => clearInterval(timer);
  }, [moving, reload]);
  const what = (run: ImportRun) => targets.find((one) => one.name === run.target)?.label ?? run.target;
  const columns: Column<ImportRun>[] = [
    { key: 'target', title: t('import.target'), width: 120, grow: 1, cell: what },
    { key: 'kind', title: t('import.kind'), width: 100, cell: (run) => t(run.dry_run ? 'import.dry' : 'import.real') },
    { key: 'state', title: t('case.state'), width: 120, cell: (run) => <ImportState run={run} /> },
    { key: 'progress', title: t('import.progress'), width: 150, grow: 1, cell: (run) => <ImportProgress run={run} /> },
    { key: 'made', title: t('import.made'), width: 90, align: 'end', cell: (run) => run.made },
    { key: 'changed', title: t('import.changed'), width: 90, align: 'end', cell: (run) => run.changed },
    { key: 'failed', title: t('import.failed'), width: 90, align: 'end', cell: (run) => run.failed },
    { key: 'at', title: t('import.at'), width: 170, cell: (run) => <RelativeTime at={run.created_at} /> },
  ];
  return (
    <ListPage
      id="imports"
      title={t('nav.imports')}
      list={list}
      searchable={false}
      rowKey={(run) => run.id}
      columns={columns}
      card={(run) => (
        <>
          <span className={styles.spread}>
            <b>{what(run)}</b>
            <small className={styles.soft}>
              <RelativeTime at={run.created_at} />
            </small>
          </span>
          <span className={styles.spread}>
            <ImportState run={run} />
            <span>
              {run.dry_run && `${t('import.dry')} · `}
              <ImportProgress run={run} />
            </span>
          </span>
        </>
      )}
      filters={[]}
      state={state}
      onChange={change}
      detail={(id) => <ImportDetail key={id} id={id} />}
      actions={
        <Link to="/admin/imports/new">
          <Button type="primary" icon={<Plus size={16} aria-hidden />}>
            {t('import.new')}
          </Button>
        </Link>
      }
    />
  );
}
