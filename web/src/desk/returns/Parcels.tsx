import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';

import { answer, api, call } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { keyFor, uuid } from '@/lib/ids';
import { instantAt } from '@/lib/zoned';
import { ActBar } from '@/ui/ActBar';
import { Block } from '@/ui/DetailPage';

import { EditForm } from '../admin/Simple';
import { AmountField, Choose, NumberField, TextField, YesNo } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, sendAct, useMe, useRead, useSay } from '../parts/server';
import { toneOf, type Parcel, type Return } from './parts';

const states = ['collected', 'in_transit', 'out_for_delivery', 'delivered', 'exception'];

/** Parcels of a return: what goes back to us and what goes out, with the carrier's news. */
export function Parcels({ one }: { one: Return }) {
  const t = useDeskT();
  const say = useSay();
  const queries = useQueryClient();
  const { data: me } = useMe();
  const [sending, send] = useState(false);
  const mine = may(me, 'returns.goods');
  const rows = useRead(['parcels', one.id], async () => (await answer(api.GET('/returns/{id}/shipments', { params: { path: { id: one.id } } }))) ?? []);
  const lines = one.lines ?? [];
  const back = lines.some((line) => line.goods === 'awaited' || line.goods === 'in_transit');
  const out = lines.some((line) => line.replacement === 'reserved' || line.replacement === 'shipped' || line.goods === 'sent_back');
  const onward = lines.some((line) => !['none', 'sent_back', 'lost'].includes(line.goods));
  const refresh = () => Promise.all(['parcels', 'return', 'returns'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  if ((rows.data ?? []).length === 0 && !(mine && (back || out || onward))) return undefined;
  return (
    <Block
      title={t('parcel.title')}
      extra={
        mine &&
        (back || out || onward) && (
          <Button size="small" onClick={() => send(!sending)}>
            {t('parcel.send')}
          </Button>
        )
      }
    >
      {sending && <SendForm one={one} directions={[...(back ? ['back'] : []), ...(out ? ['out'] : []), ...(onward ? ['onward'] : [])]} onDone={() => send(false)} />}
      {rows.error && <ErrorView error={rows.error} />}
      {rows.data?.length === 0 && !sending && <p className={styles.soft}>{t('parcel.none')}</p>}
      <ul className={styles.lines}>
        {(rows.data ?? []).map((row) => (
          <li key={row.id}>
            <b>
              {row.carrier} <code>{row.number}</code>
            </b>
            <span>{say(`return.direction.${row.direction}`)}</span>
            <Pill tone={toneOf(row.state)} label={say(`return.state.${row.state}`)} />
            <Marks row={row} />
            {row.label_url && (
              <a href={row.label_url} target="_blank" rel="noreferrer">
                {t('return.label')}
              </a>
            )}
            {mine && <ParcelActs row={row} currency={one.currency} onDone={refresh} />}
            {(row.events ?? []).length > 0 && (
              <details>
                <summary>{t('parcel.events', { n: (row.events ?? []).length })}</summary>
                <ul>
                  {(row.events ?? []).map((event) => (
                    <li key={`${event.at}:${event.code}`}>
                      <RelativeTime at={event.at} /> {event.state ? say(`return.state.${event.state}`) : event.code} {event.place} {event.text}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </li>
        ))}
      </ul>
    </Block>
  );
}

function Marks({ row }: { row: Parcel }) {
  const t = useDeskT();
  return (
    <>
      {row.lost && <Pill tone="bad" label={t('parcel.lost')} />}
      {row.stuck && !row.lost && <Pill tone="warn" label={t('parcel.stuck')} />}
      {row.late && <Pill tone="warn" label={t('parcel.late')} />}
      {row.damaged && <Pill tone="bad" label={t('parcel.damaged')} />}
    </>
  );
}

function ParcelActs({ row, currency, onDone }: { row: Parcel; currency: string; onDone: () => Promise<unknown> }) {
  const t = useDeskT();
  const say = useSay();
  return (
    <ActBar
      acts={[
        {
          key: 'note',
          label: t('parcel.note'),
          fields: (extra, set) => (
            <>
              <Choose label={t('parcel.state')} value={extra['state']} options={states.map((value) => ({ value, label: say(`return.state.${value}`) }))} onChange={(state) => set({ ...extra, state })} />
              <TextField label={t('return.field.explain')} value={extra['text']} onChange={(text) => set({ ...extra, text })} />
            </>
          ),
        },
        {
          key: 'rate',
          label: t('parcel.rate'),
          fields: (extra, set) => (
            <>
              <YesNo label={t('parcel.damaged')} value={extra['damaged']} onChange={(damaged) => set({ ...extra, damaged })} />
              <NumberField label={t('parcel.attitude')} max={5} value={extra['attitude']} onChange={(attitude) => set({ ...extra, attitude })} />
              <AmountField label={t('parcel.price')} currency={currency} minor={extra['price']} onChange={(price) => set({ ...extra, price })} />
            </>
          ),
        },
      ]}
      onAct={async (act, input) => {
        const { extra } = input;
        await sendAct(`/shipments/${row.id}/${act.key}`, { ...input, extra });
        await onDone();
      }}
    />
  );
}

interface Asked {
  carrier: string;
  direction: string;
  number: string;
  from: string;
  price: number | undefined;
  promised: string;
}

function SendForm({ one, directions, onDone }: { one: Return; directions: string[]; onDone: () => void }) {
  const t = useDeskT();
  const say = useSay();
  const [key] = useState(() => uuid());
  const carriers = (useRead(['carriers'], async () => (await answer(api.GET('/carriers'))) ?? []).data ?? []).filter((row) => row.active && (!row.brand_id || row.brand_id === one.brand_id));
  const empty: Asked = { carrier: '', direction: directions[0] ?? 'back', number: '', from: '', price: undefined, promised: '' };
  const books = (id: string) => carriers.find((row) => row.id === id)?.books ?? false;
  return (
    <EditForm
      initial={empty}
      label={t('parcel.send')}
      stale={['parcels', 'return', 'returns']}
      onDone={onDone}
      onCancel={onDone}
      ready={(value) => value.carrier !== '' && (value.number.trim() !== '' || books(value.carrier))}
      send={(value) =>
        call(
          'POST',
          `/returns/${one.id}/shipments`,
          {
            body: {
              carrier_id: value.carrier,
              direction: value.direction,
              number: value.number.trim(),
              from: value.from,
              price: value.price ?? 0,
              ...(value.promised === '' ? {} : { promised_at: instantAt(`${value.promised}T23:59`, one.zone) }),
            },
            headers: { 'Idempotency-Key': keyFor(key, value) },
          },
          () => undefined,
        )
      }
      fields={(value, put) => (
        <>
          <Choose label={t('return.field.carrier')} value={value.carrier} options={carriers.map((row) => ({ value: row.id, label: row.verified ? row.name : `${row.name} (${t('return.unverified')})` }))} onChange={(next) => put({ carrier: next ?? '' })} />
          <Choose label={t('parcel.direction')} value={value.direction} options={directions.map((row) => ({ value: row, label: say(`return.direction.${row}`) }))} onChange={(next) => put({ direction: next ?? 'back' })} />
          <TextField label={t('return.field.tracking')} value={value.number} onChange={(number) => put({ number })} />
          {books(value.carrier) && <TextField label={t('parcel.from')} value={value.from} onChange={(from) => put({ from })} />}
          <AmountField label={t('parcel.price')} currency={one.currency} minor={value.price} onChange={(price) => put({ price })} />
          <TextField type="date" label={t('parcel.promised')} value={value.promised} onChange={(promised) => put({ promised })} />
        </>
      )}
    />
  );
}
