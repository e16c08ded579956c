import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';

import { answer, api, call } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { Money } from '@/kit/Money';
import { Pill } from '@/kit/StatePill';
import { keyFor, uuid } from '@/lib/ids';
import { ActBar } from '@/ui/ActBar';
import { Block } from '@/ui/DetailPage';

import { EditForm } from '../admin/Simple';
import { Choose, NumberField, TextField, YesNo } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { sendAct, useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import type { Account, Carrier } from './parts';
import { PolicyBlock } from './PolicyBlock';
import own from './returns.module.css';

const carrierKinds = ['manual', 'kuaidi100', 'easypost', 'custom'];
const accountKinds = ['wechat', 'alipay', 'stripe'];

/** Carriers and payment providers: who they are, and whether anybody has tried them with a real account. */
export function SetupPage() {
  const t = useDeskT();
  return (
    <div className={own.setup}>
      <h1>{t('nav.carriers')}</h1>
      <Carriers />
      <Scores />
      <Accounts />
      <PolicyBlock />
    </div>
  );
}

function Unverified({ verified, active }: { verified: boolean; active: boolean }) {
  const t = useDeskT();
  return (
    <>
      {!verified && <Pill tone="warn" label={t('setup.unverified')} />}
      {!active && <Pill tone="neutral" label={t('setup.off')} />}
    </>
  );
}

function Carriers() {
  const t = useDeskT();
  const say = useSay();
  const [editing, edit] = useState<Carrier | 'new'>();
  const rows = useRead(['carriers'], async () => (await answer(api.GET('/carriers'))) ?? []);
  return (
    <Block
      title={t('setup.carriers')}
      extra={
        <Button size="small" onClick={() => edit('new')}>
          {t('setup.carrier.new')}
        </Button>
      }
    >
      {editing && <CarrierForm key={editing === 'new' ? 'new' : editing.id} row={editing === 'new' ? undefined : editing} onDone={() => edit(undefined)} />}
      {rows.error && <ErrorView error={rows.error} />}
      {rows.data?.length === 0 && <p className={styles.soft}>{t('setup.carriers.none')}</p>}
      <ul className={styles.lines}>
        {(rows.data ?? []).map((row) => (
          <li key={row.id}>
            <b>{row.name}</b>
            <span>{say(`carrier.kind.${row.kind}`)}</span>
            <Unverified verified={row.verified} active={row.active} />
            {row.spec.source && <small className={styles.soft}>{row.spec.source}</small>}
            {row.spec.hook && <code>{row.hook_url}</code>}
            <Button size="small" onClick={() => edit(row)}>
              {t('setup.edit')}
            </Button>
            {!row.verified && <Verify path={`/carriers/${row.id}/verify`} stale="carriers" />}
          </li>
        ))}
      </ul>
    </Block>
  );
}

function Verify({ path, stale }: { path: string; stale: string }) {
  const t = useDeskT();
  const queries = useQueryClient();
  return (
    <ActBar
      acts={[{ key: 'verify', label: t('setup.verify'), note: 'optional', consequence: t('setup.verify.consequence') }]}
      onAct={async (_, input) => {
        await sendAct(path, input);
        await queries.invalidateQueries({ queryKey: [stale] });
      }}
    />
  );
}

function CarrierForm({ row, onDone }: { row: Carrier | undefined; onDone: () => void }) {
  const t = useDeskT();
  const say = useSay();
  const [key] = useState(() => uuid());
  const initial = { name: row?.name ?? '', kind: row?.kind ?? 'manual', secret: '', account: '', hook: '', spec: row?.kind === 'custom' ? JSON.stringify(row.spec, undefined, 2) : '', stuck: row?.stuck_hours ?? 72, lost: row?.lost_days ?? 15, active: row?.active ?? true };
  return (
    <EditForm
      initial={initial}
      stale={['carriers']}
      onDone={onDone}
      onCancel={onDone}
      ready={(value) => value.name.trim() !== ''}
      send={(value) => {
        const body = {
          name: value.name,
          kind: value.kind,
          secrets: { secret: value.secret, key: value.account, hook_secret: value.hook },
          stuck_hours: value.stuck,
          lost_days: value.lost,
          active: value.active,
          ...(value.kind === 'custom' ? { spec: JSON.parse(value.spec) as unknown } : {}),
          ...(row ? { version: row.version, brand_id: row.brand_id ?? '' } : {}),
        };
        return call(row ? 'PUT' : 'POST', row ? `/carriers/${row.id}` : '/carriers', { body, headers: { 'Idempotency-Key': keyFor(key, value) } }, () => undefined);
      }}
      fields={(value, put) => (
        <>
          <Choose label={t('setup.kind')} value={value.kind} options={carrierKinds.map((one) => ({ value: one, label: say(`carrier.kind.${one}`) }))} onChange={(next) => put({ kind: next ?? 'manual' })} />
          <TextField label={t('setup.name')} value={value.name} onChange={(name) => put({ name })} />
          {value.kind !== 'manual' && (
            <>
              <TextField label={t('setup.account')} value={value.account} onChange={(account) => put({ account })} />
              <TextField type="password" label={t('setup.secret')} value={value.secret} onChange={(secret) => put({ secret })} />
              <TextField type="password" label={t('setup.hook')} value={value.hook} onChange={(hook) => put({ hook })} />
            </>
          )}
          {value.kind === 'custom' && <TextField area label={t('setup.spec')} value={value.spec} onChange={(spec) => put({ spec })} />}
          <NumberField min={1} max={1440} label={t('setup.stuck')} value={value.stuck} onChange={(stuck) => put({ stuck: stuck ?? 72 })} />
          <NumberField min={1} max={180} label={t('setup.lost')} value={value.lost} onChange={(lost) => put({ lost: lost ?? 15 })} />
          <YesNo label={t('setup.active')} value={value.active} onChange={(active) => put({ active })} />
        </>
      )}
    />
  );
}

function Scores() {
  const t = useDeskT();
  const rows = useRead(['carrier-scores'], async () => (await answer(api.GET('/carrier-scores', { params: { query: { days: 90 } } }))) ?? []).data ?? [];
  if (rows.length === 0) return undefined;
  return (
    <Block title={t('setup.scores')}>
      <ul className={styles.lines}>
        {rows.map((row) => (
          <li key={row.carrier_id}>
            <b>{row.name}</b>
            <span>{t('setup.score', { score: row.score.toFixed(0), parcels: row.parcels, kept: row.kept, promised: row.promised, damaged: row.damaged, lost: row.lost })}</span>
            {row.mean_price > 0 && <Money minor={row.mean_price} currency="CNY" />}
          </li>
        ))}
      </ul>
    </Block>
  );
}

function Accounts() {
  const t = useDeskT();
  const say = useSay();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const [editing, edit] = useState<Account | 'new'>();
  const rows = useRead(['payment-accounts'], async () => (await answer(api.GET('/payment-accounts'))) ?? []);
  return (
    <Block
      title={t('setup.accounts')}
      extra={
        <Button size="small" onClick={() => edit('new')}>
          {t('setup.account.new')}
        </Button>
      }
    >
      <p className={styles.soft}>{t('setup.accounts.help')}</p>
      {editing && <AccountForm key={editing === 'new' ? 'new' : editing.id} row={editing === 'new' ? undefined : editing} onDone={() => edit(undefined)} />}
      {rows.error && <ErrorView error={rows.error} />}
      <ul className={styles.lines}>
        {(rows.data ?? []).map((row) => (
          <li key={row.id}>
            <b>{row.name}</b>
            <span>{say(`return.provider.${row.kind}`)}</span>
            <span>{row.brand_id ? nameOf(catalog?.brands?.find((one) => one.id === row.brand_id)) : t('setup.allBrands')}</span>
            <Unverified verified={row.verified} active={row.active} />
            <code>{row.notice_url}</code>
            <Button size="small" onClick={() => edit(row)}>
              {t('setup.edit')}
            </Button>
            {!row.verified && <Verify path={`/payment-accounts/${row.id}/verify`} stale="payment-accounts" />}
          </li>
        ))}
      </ul>
    </Block>
  );
}

function AccountForm({ row, onDone }: { row: Account | undefined; onDone: () => void }) {
  const t = useDeskT();
  const say = useSay();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const [key] = useState(() => uuid());
  const initial = { kind: row?.kind ?? 'wechat', brand: row?.brand_id ?? '', name: row?.name ?? '', active: row?.active ?? true, base_url: '', merchant: '', serial: '', private_key: '', provider_key: '', provider_serial: '', secret: '', hook_secret: '' };
  type Value = typeof initial;
  const fieldsOf: Record<string, (keyof Value)[]> = {
    wechat: ['merchant', 'serial', 'private_key', 'provider_key', 'provider_serial', 'secret'],
    alipay: ['merchant', 'private_key', 'provider_key'],
    stripe: ['secret', 'hook_secret'],
  };
  return (
    <EditForm
      initial={initial}
      stale={['payment-accounts']}
      onDone={onDone}
      onCancel={onDone}
      ready={(value) => value.name.trim() !== ''}
      send={(value) => {
        const settings = Object.fromEntries(['base_url', ...(fieldsOf[value.kind] ?? [])].map((name) => [name, value[name as keyof Value]]));
        const body = { kind: value.kind, brand_id: value.brand, name: value.name, active: value.active, settings, ...(row ? { version: row.version } : {}) };
        return call(row ? 'PUT' : 'POST', row ? `/payment-accounts/${row.id}` : '/payment-accounts', { body, headers: { 'Idempotency-Key': `${key}:${uuid()}` } }, () => undefined);
      }}
      fields={(value, put) => (
        <>
          {!row && <Choose label={t('setup.kind')} value={value.kind} options={accountKinds.map((one) => ({ value: one, label: say(`return.provider.${one}`) }))} onChange={(next) => put({ kind: (next ?? 'wechat') as Value['kind'] })} />}
          {!row && <Choose label={t('case.brand')} none={t('setup.allBrands')} value={value.brand} options={(catalog?.brands ?? []).map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={(brand) => put({ brand: brand ?? '' })} />}
          <TextField label={t('setup.name')} value={value.name} onChange={(name) => put({ name })} />
          {(fieldsOf[value.kind] ?? []).map((name) => (
            <TextField key={name} area={name === 'private_key' || name === 'provider_key'} {...(name === 'secret' || name === 'hook_secret' ? { type: 'password' } : {})} label={t(`setup.pay.${name}` as 'setup.pay.secret')} value={value[name]} onChange={(next) => put({ [name]: next })} />
          ))}
          <TextField label={t('setup.pay.base_url')} value={value.base_url} onChange={(base_url) => put({ base_url })} />
          <YesNo label={t('setup.active')} value={value.active} onChange={(active) => put({ active })} />
          {row && <p className={styles.soft}>{t('setup.kept')}</p>}
        </>
      )}
    />
  );
}
