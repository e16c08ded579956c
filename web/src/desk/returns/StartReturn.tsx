import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Upload } from 'antd';
import { useState } from 'react';

import { answer, api, call } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { Pill } from '@/kit/StatePill';
import { keyFor, uuid } from '@/lib/ids';
import { instantAt } from '@/lib/zoned';
import { Block } from '@/ui/DetailPage';

import { EditForm } from '../admin/Simple';
import { AmountField, Choose, TextField, YesNo } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, useMe, useRead, useReasons, useSay } from '../parts/server';
import { toneOf, types } from './parts';
import { formToday } from './returnActs';
import own from './returns.module.css';
import { upload } from './upload';

interface Asked {
  type: string;
  reason: string;
  noticed: string;
  time: string;
  opened: boolean;
  free: boolean;
  price: number | undefined;
  note: string;
  photos: File[];
}

interface Props {
  unitId: string | undefined;
  caseId?: string | undefined;
}

/** The returns of a unit or a case, and what starts another. */
export function ReturnsBlock({ unitId, caseId }: Props) {
  const t = useDeskT();
  const say = useSay();
  const { data: me } = useMe();
  const [starting, start] = useState(false);
  const shown = may(me, 'returns.read');
  const rows = useRead(['returns', caseId ?? '', unitId ?? ''], async () => (await answer(api.GET('/returns', { params: { query: { recent: true, limit: 20, ...(caseId ? { case_id: caseId } : { unit_id: unitId }) } } }))).items ?? [], shown);
  if (!shown) return undefined;
  return (
    <Block
      title={t('nav.returns')}
      extra={
        unitId !== undefined &&
        may(me, 'returns.request') && (
          <Button size="small" onClick={() => start(!starting)}>
            {t('return.start')}
          </Button>
        )
      }
    >
      {starting && unitId !== undefined && (
        <div className={own.acts}>
          <Start unitId={unitId} caseId={caseId} onDone={() => start(false)} />
        </div>
      )}
      {rows.error && <ErrorView error={rows.error} />}
      {rows.data?.length === 0 && !starting && <p className={styles.soft}>{t('return.none')}</p>}
      <ul className={styles.lines}>
        {(rows.data ?? []).map((row) => (
          <li key={row.id}>
            <Link to="/returns/$recordId" params={{ recordId: row.id }}>
              <b>{row.number}</b> {say(`return.type.${row.type}`)}
            </Link>
            <Pill tone={toneOf(row.decision)} label={say(`return.state.${row.decision}`)} />
            {row.goods !== 'none' && <Pill tone={toneOf(row.goods)} label={say(`return.state.${row.goods}`)} />}
            {row.money !== 'none' && <Pill tone={toneOf(row.money)} label={say(`return.state.${row.money}`)} />}
          </li>
        ))}
      </ul>
    </Block>
  );
}

function Start({ unitId, caseId, onDone }: { unitId: string; caseId: string | undefined; onDone: () => void }) {
  const t = useDeskT();
  const say = useSay();
  const reasons = useReasons();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [key] = useState(() => uuid());
  const empty: Asked = { type: 'return', reason: '', noticed: formToday(), time: '', opened: false, free: true, price: undefined, note: '', photos: [] };
  return (
    <EditForm
      initial={empty}
      label={t('return.start')}
      stale={['returns', 'case', 'unit']}
      onDone={onDone}
      onCancel={onDone}
      ready={(value) => value.reason !== '' && value.noticed !== ''}
      send={async (value) => {
        const photos = await Promise.all(value.photos.map(upload));
        const { price } = value;
        const body = {
          type: value.type,
          reason: value.reason,
          note: value.note,
          ...(value.time === '' ? {} : { occurred_at: instantAt(`${value.noticed}T${value.time}`) }),
          ...(caseId ? { case_id: caseId } : {}),
          lines: [{ unit_id: unitId, photos, return: { noticed: value.noticed, opened: value.opened, free_freight: value.free }, ...(price === undefined ? {} : { price, currency: 'CNY' }) }],
        };
        const id = await call('POST', '/returns', { body, headers: { 'Idempotency-Key': keyFor(key, body) } }, (made) => (made as { id: string }).id);
        await queries.invalidateQueries({ queryKey: ['returns'] });
        await navigate({ to: '/returns/$recordId', params: { recordId: id } });
      }}
      fields={(value, put) => (
        <>
          <Choose label={t('return.type')} value={value.type} options={types.map((one) => ({ value: one, label: say(`return.type.${one}`) }))} onChange={(next) => put({ type: next ?? 'return' })} />
          <Choose label={t('return.reason')} value={value.reason} options={reasons('return.request')} onChange={(next) => put({ reason: next ?? '' })} />
          <TextField type="date" label={t('return.field.noticed')} value={value.noticed} onChange={(noticed) => put({ noticed })} />
          <TextField type="time" label={t('return.field.time')} value={value.time} onChange={(time) => put({ time })} />
          <AmountField label={t('return.field.price')} currency="CNY" minor={value.price} onChange={(price) => put({ price })} />
          <YesNo label={t('return.field.opened')} value={value.opened} onChange={(opened) => put({ opened })} />
          <YesNo label={t('return.field.freeFreight')} value={value.free} onChange={(free) => put({ free })} />
          <div className={styles.field}>
            <Upload accept="image/*" multiple showUploadList={false} beforeUpload={(_, list) => {
              put({ photos: [...value.photos, ...list] });
              return false;
            }}>
              <Button size="small">{t('return.field.photos')}</Button>
            </Upload>
            <small>{value.photos.length === 0 ? t('return.field.photos.none') : t('return.field.photos.count', { n: value.photos.length })}</small>
          </div>
          <TextField area label={t('return.note')} value={value.note} onChange={(note) => put({ note })} />
        </>
      )}
    />
  );
}
