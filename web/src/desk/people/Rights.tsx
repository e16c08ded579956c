import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';

import { answer, api, call } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { uuid } from '@/lib/ids';
import { defaultZone } from '@/lib/instant';
import { Block } from '@/ui/DetailPage';

import { Choose, TextField, YesNo } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, useMe, useRead, useSay } from '../parts/server';
import { Decision } from './Decision';
import { Kept } from './KeptDecision';
import own from './rights.module.css';

/** What a person tells about a fault, beside the unit's record. */
interface Told {
  reported: string;
  performance: boolean;
  cause?: string | undefined;
  proven: boolean;
  wants?: string | undefined;
  stock?: 'yes' | 'no' | undefined;
  refuses: boolean;
}

const causes = ['quality', 'misuse', 'foreign_repair', 'altered', 'force_majeure'];
const wishes = ['refund', 'exchange', 'repair'];

function questionOf(told: Told) {
  return {
    fault: { reported: told.reported, performance: told.performance, proven: told.proven, ...(told.cause ? { cause: told.cause } : {}) },
    refuses_other: told.refuses,
    ...(told.wants ? { wants: told.wants } : {}),
    ...(told.stock ? { stock: told.stock } : {}),
  };
}

/** What a customer is entitled to about a unit: told facts in, options with their reasons out; kept when somebody keeps it. */
export function Rights({ unitId, caseId, currency = 'CNY', reported }: { unitId: string; caseId?: string | undefined; currency?: string | undefined; reported?: string | undefined }) {
  const t = useDeskT();
  const say = useSay();
  const queries = useQueryClient();
  const { data: me } = useMe();
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: defaultZone }).format(new Date());
  const [told, tell] = useState<Told>({ reported: reported ?? today, performance: true, proven: false, refuses: false });
  const whole = /^\d{4}-\d\d-\d\d$/.test(told.reported);
  const asked = useRead(['rights', unitId, told], () => answer(api.POST('/units/{id}/rights', { params: { path: { id: unitId } }, body: questionOf(told) })), whole);
  const kept = useRead(['assessments', unitId, caseId], async () => (await answer(api.GET('/units/{id}/assessments', { params: { path: { id: unitId }, query: { case_id: caseId } } }))) ?? []).data ?? [];
  const send = async (path: string, body: unknown, version?: number) => {
    await call('POST', path, { body, headers: { 'Idempotency-Key': uuid(), ...(version === undefined ? {} : { 'If-Match': `"${version}"` }) } }, () => undefined);
    await queries.invalidateQueries({ queryKey: ['assessments', unitId] });
  };
  const edit = may(me, 'entitlement.edit');
  return (
    <Block
      title={t('rights.title')}
      extra={edit && <Button size="small" disabled={!asked.data} onClick={() => void send(`/units/${unitId}/assessments`, { question: questionOf(told), ...(caseId ? { case_id: caseId } : {}) })}>{t('rights.keep')}</Button>}
    >
      <div className={own.all}>
        <div className={styles.pair}>
          <TextField label={t('rights.reported')} type="date" value={told.reported} onChange={(next) => tell({ ...told, reported: next })} />
          <Choose label={t('rights.cause')} value={told.cause} none={say('rights.cause.quality')} options={causes.map((value) => ({ value, label: say(`rights.cause.${value}`) }))} onChange={(cause) => tell({ ...told, cause })} />
          <Choose label={t('rights.wants')} value={told.wants} options={wishes.map((value) => ({ value, label: say(`rights.option.${value}`) }))} onChange={(wants) => tell({ ...told, wants })} />
          <Choose
            label={t('rights.stock')}
            value={told.stock}
            options={[
              { value: 'yes', label: t('rights.stock.yes') },
              { value: 'no', label: t('rights.stock.no') },
            ]}
            onChange={(stock) => tell({ ...told, stock: stock === 'yes' || stock === 'no' ? stock : undefined })}
          />
          <YesNo label={t('rights.performance')} value={told.performance} onChange={(performance) => tell({ ...told, performance })} />
          <YesNo label={t('rights.proven')} value={told.proven} onChange={(proven) => tell({ ...told, proven })} />
          <YesNo label={t('rights.refuses')} value={told.refuses} onChange={(refuses) => tell({ ...told, refuses })} />
        </div>
        {asked.error && <ErrorView error={asked.error} />}
        {asked.data && <Decision decision={asked.data} currency={currency} />}
        {kept.length > 0 && <h3>{t('rights.kept')}</h3>}
        {kept.map((one) => (
          <Kept key={one.id} one={one} currency={currency} edit={edit} onAct={(act, body) => send(`/assessments/${one.id}/${act}`, body, one.version)} />
        ))}
      </div>
    </Block>
  );
}
