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
import { AmountField, Choose, TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, sendAct, useMe, useRead, useSay } from '../parts/server';
import { toneOf } from './parts';

const parties = ['supplier', 'carrier', 'maker', 'platform', 'seller'];

/** What others owe us for the goods of a return. */
export function Claims({ returnId, currency, approved, suggestion }: { returnId: string; currency: string; approved: boolean; suggestion?: { against: string; amount: number } | undefined }) {
  const t = useDeskT();
  const say = useSay();
  const queries = useQueryClient();
  const { data: me } = useMe();
  const [opening, open] = useState(false);
  const [key] = useState(() => uuid());
  const mine = may(me, 'returns.claim');
  const rows = useRead(['claims', returnId], async () => (await answer(api.GET('/return-claims', { params: { query: { return_id: returnId } } }))).items ?? []);
  if (!mine && (rows.data ?? []).length === 0) return undefined;
  const empty = { against: suggestion?.against ?? 'supplier', name: '', amount: suggestion?.amount };
  return (
    <Block
      title={t('claim.title')}
      extra={
        mine &&
        approved && (
          <Button size="small" onClick={() => open(!opening)}>
            {t('claim.open')}
          </Button>
        )
      }
    >
      {opening && (
        <EditForm
          initial={empty}
          label={t('claim.open')}
          stale={['claims']}
          onDone={() => open(false)}
          onCancel={() => open(false)}
          ready={(value) => value.name.trim() !== '' && value.amount !== undefined}
          send={(value) =>
            call('POST', `/returns/${returnId}/claims`, { body: { against: value.against, name: value.name, amount: value.amount ?? 0 }, headers: { 'Idempotency-Key': keyFor(key, value) } }, () => undefined)
          }
          fields={(value, put) => (
            <>
              <Choose label={t('claim.against')} value={value.against} options={parties.map((one) => ({ value: one, label: say(`return.against.${one}`) }))} onChange={(next) => put({ against: next ?? 'supplier' })} />
              <TextField label={t('claim.name')} value={value.name} onChange={(name) => put({ name })} />
              <AmountField label={t('return.field.amount')} currency={currency} minor={value.amount} onChange={(amount) => put({ amount })} />
            </>
          )}
        />
      )}
      {rows.error && <ErrorView error={rows.error} />}
      {rows.data?.length === 0 && !opening && <p className={styles.soft}>{t('claim.none')}</p>}
      <ul className={styles.lines}>
        {(rows.data ?? []).map((row) => (
          <li key={row.id}>
            <b>{row.name}</b>
            <span>{say(`return.against.${row.against}`)}</span>
            <Money minor={row.state === 'accepted' || row.state === 'paid' ? row.accepted : row.amount} currency={row.currency} />
            <Pill tone={toneOf(row.state)} label={say(`return.state.${row.state}`)} />
            {mine && (row.acts ?? []).length > 0 && (
              <ActBar
                acts={(row.acts ?? []).map((act) => ({ key: act, label: say(`claim.act.${act}`), danger: act === 'refuse' }))}
                onAct={async (act, input) => {
                  await sendAct(`/return-claims/${row.id}/move`, { ...input, extra: { ...input.extra, how: act.key } });
                  await queries.invalidateQueries({ queryKey: ['claims'] });
                }}
              />
            )}
          </li>
        ))}
      </ul>
    </Block>
  );
}
