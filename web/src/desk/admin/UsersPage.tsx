import { useState } from 'react';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { deviceOf } from '@/lib/agent';
import { Block } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { useListState } from '@/ui/list/useListState';

import { Choose, ChooseMany, TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { readAll, toPage, useMe, useRead } from '../parts/server';
import { useOutletChoices, useRoleChoices } from './choices';
import { CreateForm, Do, EditForm, ifMatch, OnceShown } from './Simple';

type User = components['schemas']['IdentityUserBody'];

interface Fields {
  login: string;
  name: string;
  roles: string[];
  outlet_path: string;
  engineer_id: string;
}

/** Accounts of the desk and of engineers; a new one's password is shown once. */
export function UsersPage() {
  const t = useDeskT();
  const roles = useRoleChoices();
  const outlets = useOutletChoices();
  const [state, change] = useListState(['role', 'state']);
  const { filters: f, q } = state;
  const list = useCursorList<User>(['users', q, f], async (cursor, signal) => toPage(await answer(api.GET('/users', { params: { query: { cursor, search: q || undefined, role: f['role']?.[0], state: (['active', 'disabled'] as const).find((one) => one === f['state']?.[0]) } }, signal }))));
  const roleNames = (row: User) => (row.roles ?? []).map((key) => roles.find((one) => one.value === key)?.label ?? key).join(' · ');
  const place = (row: User) => outlets.find((one) => one.value === row.outlet_path)?.label ?? row.outlet_path;
  const pill = (row: User) => <Pill tone={row.state === 'active' ? 'good' : 'neutral'} label={t(`user.${row.state}`)} />;
  return (
    <ListPage
      id="users"
      title={t('nav.users')}
      list={list}
      rowKey={(row) => row.id}
      columns={[
        { key: 'login', title: t('signin.login'), width: 170, grow: 1, cell: (row) => <span data-own-words>{row.login}</span> },
        { key: 'name', title: t('customer.name'), width: 150, grow: 1, cell: (row) => row.name },
        { key: 'roles', title: t('admin.roles'), width: 170, grow: 1, cell: roleNames },
        { key: 'outlet', title: t('order.outlet'), width: 180, grow: 1, cell: place },
        { key: 'totp', title: t('user.totp'), width: 100, cell: (row) => t(row.totp ? 'word.yes' : 'word.no') },
        { key: 'state', title: t('case.state'), width: 100, cell: pill },
        { key: 'created', title: t('record.created'), width: 170, initially: 'hidden', cell: (row) => <RelativeTime at={row.created_at} /> },
      ]}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>{row.name}</b>
            {pill(row)}
          </span>
          <span>
            <span data-own-words>{row.login}</span> · {roleNames(row)}
          </span>
        </>
      )}
      filters={[
        { key: 'role', label: t('admin.roles'), kind: 'one', options: roles },
        { key: 'state', label: t('case.state'), kind: 'one', options: (['active', 'disabled'] as const).map((value) => ({ value, label: t(`user.${value}`) })) },
      ]}
      state={state}
      onChange={change}
      detail={(id) => <UserDetail key={id} id={id} />}
      head={
        <CreateForm<Fields>
          label={t('admin.newUser')}
          stale="users"
          empty={{ login: '', name: '', roles: [], outlet_path: '/', engineer_id: '' }}
          ready={ready}
          send={async (value) => {
            const made = await answer(api.POST('/users', { body: bodyOf(value) }));
            return t('admin.password', { login: made.login, password: made.temporary_password });
          }}
          fields={(value, put) => <UserFields value={value} put={put} />}
        />
      }
    />
  );
}

const ready = (value: Fields) => value.login.trim() !== '' && value.name.trim() !== '' && value.roles.length > 0;
const bodyOf = ({ engineer_id, ...rest }: Fields) => ({ ...rest, ...(engineer_id ? { engineer_id } : {}) });

function UserFields({ value, put }: { value: Fields; put: (change: Partial<Fields>) => void }) {
  const t = useDeskT();
  const roles = useRoleChoices();
  const outlets = useOutletChoices();
  const engineers = useRead(['staff', 'every'], () => readAll((cursor) => answer(api.GET('/staff', { params: { query: { limit: 200, cursor } } })))).data ?? [];
  return (
    <>
      <TextField label={t('signin.login')} value={value.login} onChange={(login) => put({ login })} />
      <TextField label={t('customer.name')} value={value.name} onChange={(name) => put({ name })} />
      <ChooseMany label={t('admin.roles')} value={value.roles} options={roles} onChange={(next) => put({ roles: next })} />
      <Choose label={t('order.outlet')} value={value.outlet_path} options={outlets} onChange={(next) => put({ outlet_path: next ?? '/' })} />
      <Choose label={t('order.engineer')} value={value.engineer_id} options={engineers.map((one) => ({ value: one.id, label: one.name }))} onChange={(next) => put({ engineer_id: next ?? '' })} />
    </>
  );
}

function UserDetail({ id }: { id: string }) {
  const t = useDeskT();
  const { data: me } = useMe();
  const [secret, setSecret] = useState('');
  const path = { id };
  const read = useRead(['users', 'one', id], () => answer(api.GET('/users/{id}', { params: { path } })));
  const sessions = useRead(['users', 'sessions', id], async () => (await answer(api.GET('/users/{id}/sessions', { params: { path } }))).items ?? []).data ?? [];
  if (read.error) return <ErrorView error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return <SkeletonRows />;
  const one = read.data;
  const stale = ['users'];
  return (
    <article className={styles.page}>
      <h1>{one.name}</h1>
      <div className={styles.row}>
        {one.state === 'active' ? (
          <Do danger label={t('user.disable')} disabled={id === me?.id} stale={stale} act={() => answer(api.POST('/users/{id}/disable', { params: { path }, body: {} }))} />
        ) : (
          <Do label={t('user.enable')} stale={stale} act={() => answer(api.POST('/users/{id}/enable', { params: { path } }))} />
        )}
        <Do
          label={t('user.resetPassword')}
          stale={stale}
          act={async () => {
            const made = await answer(api.POST('/users/{id}/reset-password', { params: { path } }));
            setSecret(t('admin.password', { login: made.login, password: made.temporary_password }));
          }}
        />
        {one.totp && <Do label={t('user.resetTotp')} stale={stale} act={() => answer(api.POST('/users/{id}/reset-totp', { params: { path } }))} />}
        {sessions.length > 0 && <Do label={t('user.signOut')} stale={stale} act={() => answer(api.DELETE('/users/{id}/sessions', { params: { path } }))} />}
      </div>
      {secret && <OnceShown words={secret} onClose={() => setSecret('')} />}
      <EditForm<Fields>
        initial={{ login: one.login, name: one.name, roles: one.roles ?? [], outlet_path: one.outlet_path, engineer_id: one.engineer_id ?? '' }}
        ready={ready}
        stale={stale}
        send={(value) => answer(api.PUT('/users/{id}', { params: { path, header: ifMatch(one.version) }, body: { ...bodyOf(value), ...(one.brands ? { brands: one.brands } : {}), ...(one.lang ? { lang: one.lang } : {}) } }))}
        fields={(value, put) => <UserFields value={value} put={put} />}
      />
      <Block title={t('user.sessions')}>
        {sessions.length === 0 && <p className={styles.soft}>{t('user.noSessions')}</p>}
        <ul className={styles.lines}>
          {sessions.map((session) => (
            <li key={session.id}>
              <span translate="no" data-own-words title={session.agent}>
                {deviceOf(session.agent)}
              </span>
              <span className={styles.soft}>
                {session.address} · <RelativeTime at={session.seen_at} />
              </span>
            </li>
          ))}
        </ul>
      </Block>
    </article>
  );
}
