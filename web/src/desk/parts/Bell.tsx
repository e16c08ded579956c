import { useQueryClient } from '@tanstack/react-query';
import { Badge, Button, Popover } from 'antd';
import { Bell as BellIcon, ListChecks } from 'lucide-react';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useStore } from '@/lib/store';
import { RelativeTime } from '@/kit/RelativeTime';
import { progressStore } from '@/ui/list/exportRun';
import { ProgressDrawer, type JobView } from '@/ui/ProgressDrawer';

import { recordPage } from './pages';
import styles from './parts.module.css';
import { useRead, useSay } from './server';
import { useTaskWord } from './tasks';
import type { Me } from './types';

/** What the product wants to tell the person; opening a line goes to its record. */
export function Bell({ go }: { go: (to: string) => void }) {
  const t = useDeskT();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const unread = useRead(['notices', 'unread'], () => answer(api.GET('/notices/unread')), true, 60_000).data?.unread ?? 0;
  const list = useRead(['notices', 'list'], async () => (await answer(api.GET('/notices', { params: { query: { limit: 20 } } }))).items ?? [], open).data;
  const read = async (ids: string[]) => {
    await answer(api.POST('/notices/read', { body: { ids } }));
    await queries.invalidateQueries({ queryKey: ['notices'] });
  };
  const content = (
    <div className={styles.notices}>
      {list?.length === 0 && <p className={styles.soft}>{t('bell.none')}</p>}
      <ul className={styles.lines}>
        {(list ?? []).map((one) => {
          const page = recordPage(one.record_kind, one.record_id);
          return (
            <li key={one.id} data-unread={one.read_at === undefined || undefined}>
              <button
                type="button"
                className="quiet-button"
                onClick={() => {
                  setOpen(false);
                  void read([one.id]);
                  if (page) go(page);
                }}
              >
                {one.text}
              </button>
              <small className={styles.soft}>
                <RelativeTime at={one.created_at} />
              </small>
            </li>
          );
        })}
      </ul>
      {unread > 0 && (
        <Button size="small" onClick={() => void read((list ?? []).filter((one) => one.read_at === undefined).map((one) => one.id))}>
          {t('bell.readAll')}
        </Button>
      )}
    </div>
  );
  return (
    <Popover trigger="click" placement="bottomRight" title={t('bell.title')} open={open} onOpenChange={setOpen} content={content}>
      <Badge count={unread} size="small" offset={[-6, 6]}>
        <Button type="text" icon={<BellIcon size={18} aria-hidden />} aria-label={unread > 0 ? t('bell.unread', { count: unread }) : t('bell.title')} />
      </Badge>
    </Popover>
  );
}

const states: Partial<Record<string, JobView['state']>> = { queued: 'waiting', running: 'running', done: 'done', failed: 'failed', cancelled: 'cancelled' };

/** What a finished export left behind; undefined for other work. */
function exportOf(result: unknown): { file: string; title: string; rows: number } | undefined {
  const { file, title, rows } = (result ?? {}) as { file?: unknown; title?: unknown; rows?: unknown };
  return typeof file === 'string' && typeof title === 'string' && typeof rows === 'number' ? { file, title, rows } : undefined;
}

/** Background work that the person waits for, exports of lists among it. */
export function TasksButton({ me }: { me: Me }) {
  const t = useDeskT();
  const taskWord = useTaskWord();
  const say = useSay();
  const queries = useQueryClient();
  const open = useStore(progressStore);
  const tasks = useRead(['tasks', 'mine', me.id], async () => (await answer(api.GET('/tasks'))) ?? [], open, 2_000).data ?? [];
  const jobs = tasks.map((one): JobView => {
    const made = one.kind === 'exports.list' ? exportOf(one.result) : undefined;
    // While it runs, what an export is at is the name of its list.
    const note = one.error ? say(`problem.${one.error}`, one.error) : one.kind === 'exports.list' && !made ? one.note : undefined;
    return {
      id: one.id,
      title: made ? t('export.done', { title: made.title, count: made.rows }) : taskWord(one.kind),
      state: states[one.state] ?? 'running',
      done: one.done,
      total: one.total,
      note: [one.total === 0 && one.done > 0 ? one.done.toLocaleString('en') : '', note].filter(Boolean).join(' · ') || undefined,
      ...(made ? { download: `/api/v1/files/${made.file}/content` } : {}),
    };
  });
  const live = jobs.filter((one) => one.state === 'running' || one.state === 'waiting').length;
  const cancel = async (id: string) => {
    await answer(api.POST('/tasks/{id}/cancel', { params: { path: { id } } }));
    await queries.invalidateQueries({ queryKey: ['tasks'] });
  };
  return (
    <>
      <Badge count={live} size="small" offset={[-6, 6]}>
        <Button type="text" icon={<ListChecks size={18} aria-hidden />} aria-label={t('progress.title')} title={t('progress.title')} onClick={() => progressStore.set(true)} />
      </Badge>
      <ProgressDrawer open={open} onClose={() => progressStore.set(false)} jobs={jobs} onCancel={(id) => void cancel(id)} />
    </>
  );
}
