import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';

import { answer, api, call } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { Money } from '@/kit/Money';
import { Pill } from '@/kit/StatePill';
import { defaultZone } from '@/lib/instant';
import { Block } from '@/ui/DetailPage';

import { Choose, TextField, YesNo } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, useMe, useRead, useSay } from '../parts/server';
import type { Assessment, RightsDecision } from '../parts/types';
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
    await call('POST', path, { body, headers: { 'Idempotency-Key': crypto.randomUUID(), ...(version === undefined ? {} : { 'If-Match': `"${version}"` }) } }, () => undefined);
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

function Kept({ one, currency, edit, onAct }: { one: Assessment; currency: string; edit: boolean; onAct: (act: string, body: unknown) => Promise<void> }) {
  const t = useDeskT();
  const say = useSay();
  const open = one.state === 'open';
  const options = [...(one.decision.choices ?? []).map((choice) => choice.option), ...(one.overrides ?? []).map((given) => given.option)];
  return (
    <details className={styles.card}>
      <summary>
        {one.decided_on} {options.map((option) => say(`rights.option.${option}`)).join(' · ') || t('word.none')}{' '}
        {one.chosen && <Pill tone="good" label={`${t('rights.chosen')} ${say(`rights.option.${one.chosen}`)}`} />}{' '}
        {open && one.next_on && <small className={styles.soft}>{t('rights.next', { day: one.next_on })}</small>}
      </summary>
      {(one.changes ?? []).some((change) => change.from !== undefined) && (
        <p className={styles.soft}>
          {t('rights.changes')}{' '}
          {(one.changes ?? [])
            .filter((change) => change.what === 'option')
            .map((change) => `${change.to ? '+' : '−'} ${say(`rights.option.${change.name}`)}`)
            .join(', ')}
        </p>
      )}
      <Decision decision={one.decision} currency={currency} />
      {open && edit && (
        <div className={styles.foot}>
          {options.map((option) => (
            <Button key={option} size="small" onClick={() => void onAct('choose', { option })}>
              {t('rights.choose')} {say(`rights.option.${option}`)}
            </Button>
          ))}
          <Button size="small" onClick={() => void onAct('close', undefined)}>
            {t('rights.close')}
          </Button>
        </div>
      )}
    </details>
  );
}

/** A decision with its options, money, deadlines and the rules that it rests on. */
function Decision({ decision, currency }: { decision: RightsDecision; currency: string }) {
  const t = useDeskT();
  const say = useSay();
  const english = useLang() === 'en';
  const inWords = (words: { zh: string; en: string }) => (english ? words.en : words.zh);
  const payer = (who: string) => say(`rights.payer.${who}`);
  const rulings = decision.rulings ?? [];
  const now = rulings.filter((row) => row.state === 'now');
  const later = rulings.filter((row) => row.state === 'future');
  const others = rulings.filter((row) => row.state !== 'now' && row.state !== 'future');
  const rule = (row: (typeof rulings)[number]) => (
    <li key={`${row.pack}/${row.rule}`}>
      <div className={own.rule}>
        <span className={styles.row}>
          <b>{inWords(row.title)}</b>
          {row.state !== 'now' && <Pill tone={row.state === 'future' ? 'info' : 'neutral'} label={say(`rights.state.${row.state}`)} />}
          {row.unverified && <Pill tone="warn" label={t('rights.unverified')} title={t('rights.unverified.why')} />}
        </span>
        <span>{inWords(row.text)}</span>
        <small className={styles.soft}>
          {row.pack}/{row.rule} · {row.source}
        </small>
      </div>
    </li>
  );
  const freight = decision.freight;
  return (
    <div className={own.all}>
      {(decision.choices ?? []).length === 0 && <p className={styles.soft}>{t('rights.none')}</p>}
      <ul className={styles.lines}>
        {(decision.choices ?? []).map((choice) => (
          <li key={choice.option}>
            <b>{say(`rights.option.${choice.option}`)}</b> {choice.sum && <Money minor={choice.sum.amount} currency={currency} />}
            {!choice.sum && choice.option === 'refund' && t('rights.noPrice')}{' '}
            <small className={styles.soft}>
              {t('rights.pays', { payer: payer(choice.payer) })}
              {choice.sum && (choice.sum.steps ?? []).length > 1 && ` · ${(choice.sum.steps ?? []).map((step) => `${say(`rights.step.${step.code}`)} ${(step.amount / 100).toFixed(2)}`).join(' · ')}`}
            </small>
          </li>
        ))}
      </ul>
      {freight?.back && <p>{freight.out ? t('rights.freight', { out: payer(freight.out), back: payer(freight.back) }) : t('rights.freight.back', { back: payer(freight.back) })}</p>}
      {decision.burden && <p>{t('rights.burden', { who: payer(decision.burden) })}</p>}
      {(decision.evidence ?? []).length > 0 && <p className={styles.soft}>{t('rights.evidence', { list: (decision.evidence ?? []).map((code) => say(`rights.evidence.${code}`)).join(english ? ', ' : '、') })}</p>}
      {(decision.deadlines ?? []).length > 0 && (
        <p>
          {t('rights.deadlines')}{' '}
          {(decision.deadlines ?? []).map((row) => `${say(`rights.duty.${row.code}`)} ${row.at ?? '–'}`).join(' · ')}
        </p>
      )}
      <h3>{t('rights.rules')}</h3>
      <ul className={styles.lines}>{[...now, ...later].map(rule)}</ul>
      {others.length > 0 && (
        <details>
          <summary>{t('rights.others', { count: others.length })}</summary>
          <ul className={styles.lines}>{others.map(rule)}</ul>
        </details>
      )}
    </div>
  );
}
