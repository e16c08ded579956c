import { Button, Input } from 'antd';
import { Download } from 'lucide-react';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { saveAs } from '@/lib/download';
import { Block, Facts } from '@/ui/DetailPage';

import { RecordTrail } from '../admin/AuditPage';
import { Do, ifMatch } from '../admin/Simple';
import { useActor } from '../parts/moments';
import styles from '../parts/parts.module.css';
import { may, useMe } from '../parts/server';
import { packKey, useWords, type Pack } from './packs';

/** The keys of a pack that its author wrote; the rest is the server's. */
const served = ['origin', 'brand_id', 'state', 'confirmed', 'open', 'faults', 'saved_by', 'saved_at', 'decided_by', 'decided_at', 'record_version', '$schema'];

function fileOf(pack: Pack): Blob {
  const kept = Object.entries(pack).filter(([key]) => !served.includes(key));
  return new Blob([JSON.stringify(Object.fromEntries(kept), null, 2)], { type: 'application/json' });
}

/** One pack with its rules and their sources; who may confirms what no source confirms yet. */
export function RulePack({ pack, onDone }: { pack: Pack; onDone: () => void }) {
  const t = useDeskT();
  const words = useWords();
  const actor = useActor();
  const { data: me } = useMe();
  const [why, setWhy] = useState('');
  const path = { id: pack.id, edition: pack.version };
  const cells = (pack.open ?? []).filter((cell) => cell.startsWith('items.'));
  const stale = ['rule-packs', 'audit'];
  const publisher = may(me, 'entitlement.rules_publish') && pack.origin === 'firm';
  return (
    <>
      {(pack.faults ?? []).length > 0 && (
        <div role="alert">
          <Pill tone="bad" label={t('rules.faults')} />
          {(pack.faults ?? []).map((fault) => (
            <p key={fault.at} className={styles.soft} translate="no">
              {fault.at}: {fault.text}
            </p>
          ))}
        </div>
      )}
      <Facts
        facts={[
          [t('rules.source'), <span key="source" data-own-words>{pack.source}</span>],
          [t('rules.days'), pack.from || pack.to ? `${pack.from ?? '…'} – ${pack.to ?? '…'}` : t('rules.always')],
          ...(pack.decided_at ? [[t('rules.decided'), <span key="decided"><RelativeTime at={pack.decided_at} /> · {actor(pack.decided_by ?? '')}</span>] as const] : []),
        ]}
      />
      <div className={styles.row}>
        <Button size="small" icon={<Download size={14} aria-hidden />} onClick={() => saveAs(fileOf(pack), `${pack.id}-${pack.version}.json`)}>
          {t('rules.download')}
        </Button>
        {publisher && pack.state !== 'published' && (
          <Do label={t('rules.publish')} stale={stale} onDone={onDone} act={() => answer(api.POST('/rule-packs/{id}/{edition}/publish', { params: { path, header: ifMatch(pack.record_version) }, body: {} }))} />
        )}
      </div>
      {publisher && pack.state === 'published' && (
        <div className={styles.row}>
          <Input className={styles.choose ?? ''} aria-label={t('rules.withdraw.why')} placeholder={t('rules.withdraw.why')} value={why} maxLength={500} onChange={(event) => setWhy(event.target.value)} />
          <Do
            label={t('rules.withdraw')}
            danger
            disabled={why.trim() === ''}
            stale={stale}
            onDone={onDone}
            act={() => answer(api.POST('/rule-packs/{id}/{edition}/withdraw', { params: { path, header: ifMatch(pack.record_version) }, body: { note: why } }))}
          />
        </div>
      )}
      <Block title={t('rules.rules', { count: (pack.rules ?? []).length })}>
        {(pack.rules ?? []).map((rule) => (
          <div key={rule.id} className={`${styles.stack} ${styles.ruled}`} data-own-words>
            <strong>
              <span translate="no">{rule.id}</span> {words(rule.title)}
            </strong>
            <span className={styles.soft}>{rule.source}</span>
            <Cell pack={pack} cell={`rules.${rule.id}`} />
          </div>
        ))}
      </Block>
      {(cells.length > 0 || (pack.confirmed ?? []).some((one) => one.cell.startsWith('items.'))) && (
        <Block title={t('rules.cells')}>
          {[...cells, ...(pack.confirmed ?? []).map((one) => one.cell).filter((cell) => cell.startsWith('items.'))].sort().map((cell) => (
            <div key={cell} className={styles.stack}>
              <span data-own-words>{itemWords(pack, cell, words)}</span>
              <Cell pack={pack} cell={cell} />
            </div>
          ))}
        </Block>
      )}
      {may(me, 'audit.read') && pack.origin === 'firm' && (
        <Block title={t('template.history')}>
          <RecordTrail kind="rule_pack" id={packKey(pack)} />
        </Block>
      )}
    </>
  );
}

/** A cell of the catalogue: what it is of, and its number. */
function itemWords(pack: Pack, cell: string, words: (of: { zh: string; en: string }) => string): string {
  const key = cell.slice('items.'.length, cell.lastIndexOf('.'));
  const column = cell.slice(cell.lastIndexOf('.') + 1);
  const item = pack.catalogue?.items[key];
  return item ? `${words(item.title)} · ${column} = ${item.values[column] ?? ''}` : cell;
}

/** Whether somebody has confirmed a cell, and the act that does or takes it back. Sourced cells show nothing. */
function Cell({ pack, cell }: { pack: Pack; cell: string }) {
  const t = useDeskT();
  const actor = useActor();
  const { data: me } = useMe();
  const [source, setSource] = useState<string>();
  const done = (pack.confirmed ?? []).find((one) => one.cell === cell);
  const act = (text: string) => answer(api.POST('/rule-packs/{id}/{edition}/confirm', { params: { path: { id: pack.id, edition: pack.version } }, body: { cell, source: text } }));
  const allowed = may(me, 'entitlement.rules');
  if (done) {
    return (
      <span className={styles.row}>
        <Pill tone="good" label={done.source} title={actor(done.by)} />
        {allowed && <Do label={t('rules.doubt')} stale={['rule-packs']} act={() => act('')} />}
      </span>
    );
  }
  if (!(pack.open ?? []).includes(cell)) return null;
  return (
    <span className={styles.row}>
      <Pill tone="warn" label={t('rights.unverified')} title={t('rights.unverified.why')} />
      {allowed && source === undefined && (
        <Button size="small" onClick={() => setSource('')}>
          {t('rules.confirm')}
        </Button>
      )}
      {allowed && source !== undefined && (
        <>
          <Input className={styles.choose ?? ''} autoFocus aria-label={t('rules.confirm.source')} placeholder={t('rules.confirm.source')} value={source} maxLength={500} onChange={(event) => setSource(event.target.value)} />
          <Do label={t('rules.confirm')} disabled={source.trim() === ''} stale={['rule-packs']} act={() => act(source)} />
        </>
      )}
    </span>
  );
}
