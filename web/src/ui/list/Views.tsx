import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Popover, Select } from 'antd';
import { Bookmark, Trash2, Users } from 'lucide-react';
import { useState, type SyntheticEvent } from 'react';

import { answer, api } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { may, readMe } from '@/api/session';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';

import styles from './list.module.css';
import type { ListState } from './listState';

/** What a view keeps: what is looked for and which columns are seen. */
export interface ViewState {
  q: string;
  filters: Record<string, string[]>;
  sort: string;
  columns: string[];
}

/** Reads a kept view; what another version wrote differently is left out. */
export function viewOf(kept: unknown): ViewState {
  const from = typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>) : {};
  const texts = (value: unknown) => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []);
  const filters = typeof from['filters'] === 'object' && from['filters'] !== null ? Object.entries(from['filters']) : [];
  return {
    q: typeof from['q'] === 'string' ? from['q'] : '',
    sort: typeof from['sort'] === 'string' ? from['sort'] : '',
    filters: Object.fromEntries(filters.map(([key, value]) => [key, texts(value)] as const).filter(([, value]) => value.length > 0)),
    columns: texts(from['columns']),
  };
}

interface Props {
  page: string;
  state: ListState;
  columns: readonly string[];
  onApply: (view: ViewState) => void;
}

/** Saved views of a list: one's own and those that were shared with one's role. */
export function Views({ page, state, columns, onApply }: Props) {
  const t = useDeskT();
  const [open, setOpen] = useState(false);
  return (
    <Popover trigger="click" placement="bottomRight" destroyOnHidden open={open} onOpenChange={setOpen} content={<Menu page={page} state={state} columns={columns} onApply={onApply} onClose={() => setOpen(false)} />}>
      <Button type="text" icon={<Bookmark size={16} aria-hidden />}>
        {t('views.title')}
      </Button>
    </Popover>
  );
}

function Menu({ page, state, columns, onApply, onClose }: Props & { onClose: () => void }) {
  const t = useDeskT();
  const lang = useLang();
  const queries = useQueryClient();
  const views = useQuery({ queryKey: ['views', page], queryFn: async () => (await answer(api.GET('/views', { params: { query: { page } } }))).items ?? [] });
  const me = useQuery({ queryKey: ['me'], queryFn: readMe, staleTime: 300_000 }).data;
  const roles = useQuery({ queryKey: ['roles'], queryFn: async () => (await answer(api.GET('/roles'))).items ?? [], enabled: may(me, 'prefs.share') && may(me, 'identity.roles') }).data ?? [];
  const [name, setName] = useState('');
  const [role, setRole] = useState<string>();
  const [error, setError] = useState<ApiError>();
  const shareWith = roles.length > 0 ? roles.map((one) => ({ value: one.key, label: lang === 'en' ? one.name_en : one.name_zh })) : (me?.roles ?? []).map((key) => ({ value: key, label: key }));

  async function change(send: () => Promise<unknown>) {
    setError(undefined);
    try {
      await send();
      setName('');
      await queries.invalidateQueries({ queryKey: ['views', page] });
    } catch (thrown) {
      setError(asApiError(thrown));
    }
  }

  const kept: ViewState = { q: state.q, filters: state.filters, sort: state.sort, columns: [...columns] };
  return (
    <div className={styles.views}>
      {views.error && <ErrorView inline error={views.error} retry={() => void views.refetch()} />}
      {views.data?.length === 0 && <span className={styles.count}>{t('views.none')}</span>}
      <ul>
        {(views.data ?? []).map((view) => (
          <li key={view.id}>
            <button
              type="button"
              className="quiet-button"
              onClick={() => {
                onApply(viewOf(view.state));
                onClose();
              }}
            >
              {view.name}
            </button>
            {view.role && (
              <span className={styles.count} title={t('views.shared', { name: view.owner_name ?? '' })}>
                <Users size={13} aria-label={t('views.shared', { name: view.owner_name ?? '' })} role="img" />
              </span>
            )}
            {view.mine && <Button size="small" type="text" aria-label={t('views.remove', { name: view.name })} icon={<Trash2 size={14} aria-hidden />} onClick={() => void change(() => answer(api.DELETE('/views/{id}', { params: { path: { id: view.id } } })))} />}
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event: SyntheticEvent) => {
          event.preventDefault();
          if (name.trim() !== '') void change(() => answer(api.POST('/views', { body: { page, name: name.trim(), state: { ...kept }, ...(role ? { role } : {}) } })));
        }}
      >
        <Input size="small" maxLength={60} aria-label={t('views.name')} placeholder={t('views.name')} value={name} onChange={(event) => setName(event.target.value)} />
        {may(me, 'prefs.share') && <Select size="small" allowClear aria-label={t('views.share')} placeholder={t('views.share')} value={role ?? null} options={shareWith} onChange={(next: string | null) => setRole(next ?? undefined)} />}
        <Button size="small" type="primary" htmlType="submit" disabled={name.trim() === ''}>
          {t('views.save')}
        </Button>
      </form>
      {error && <ErrorView inline error={error} safe="kept" />}
    </div>
  );
}
