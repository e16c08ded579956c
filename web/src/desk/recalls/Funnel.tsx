import { useDeskT } from '@/i18n/desk';
import { Block } from '@/ui/DetailPage';

import styles from '../parts/parts.module.css';
import { useCatalog, useSay } from '../parts/server';
import { percent, reaches, unitStates, type Progress } from './parts';
import own from './recalls.module.css';

interface Chosen {
  state?: string;
  reach?: string;
}

/** The units of a campaign by state; each number opens its list. */
export function Funnel({ progress, chosen, onChoose }: { progress: Progress; chosen: Chosen; onChoose: (chosen: Chosen) => void }) {
  const t = useDeskT();
  const say = useSay();
  const one = (key: string, label: string, count: number, pick: Chosen, on: boolean) => (
    <button key={key} type="button" aria-pressed={on} onClick={() => onChoose(on ? {} : pick)}>
      <b>{count}</b>
      <small>{label}</small>
    </button>
  );
  const units: Partial<Record<string, number>> = progress.units;
  const reach: Partial<Record<string, number>> = progress.reach;
  const notices: Partial<Record<string, number>> = progress.notices;
  return (
    <>
      <div className={own.funnel}>{unitStates.map((state) => one(state, say(`campaign.state.${state}`), units[state] ?? 0, { state }, chosen.state === state))}</div>
      <h3 className={own.sub}>{t('recall.reach')}</h3>
      <div className={own.funnel}>{reaches.map((key) => one(key, t(`recall.reach.${key}`), reach[key] ?? 0, { reach: key }, chosen.reach === key))}</div>
      <p className={styles.soft}>
        {t('recall.notices')}: {Object.entries(notices).map(([state, count]) => `${t(`recall.notice.${state as 'sent'}`)} ${count ?? 0}`).join(' · ') || t('word.none')}
      </p>
    </>
  );
}

/** How far it has come by week, model, city and outlet. */
export function Breakdowns({ progress }: { progress: Progress }) {
  const t = useDeskT();
  const catalog = useCatalog();
  const model = (id: string) => catalog?.models?.find((row) => row.id === id)?.code ?? (id || t('word.none'));
  const tables = [
    { key: 'models', title: t('recall.byModel'), rows: progress.models, name: model },
    { key: 'regions', title: t('recall.byRegion'), rows: progress.regions, name: (code: string) => code || t('word.none') },
    { key: 'outlets', title: t('recall.byOutlet'), rows: progress.outlets, name: (path: string) => (path === '/' ? t('recall.noOutlet') : (progress.outlets?.find((row) => row.key === path)?.name ?? path)) },
  ];
  return (
    <Block title={t('recall.breakdown')}>
      {(progress.weeks ?? []).length > 0 && (
        <div className={own.wide}>
          <table className={own.table}>
            <thead>
              <tr>
                <th scope="col">{t('recall.week')}</th>
                <th scope="col">{t('recall.remedied')}</th>
                <th scope="col">{t('recall.sum')}</th>
                <th scope="col">{t('recall.rate')}</th>
              </tr>
            </thead>
            <tbody>
              {(progress.weeks ?? []).map((row) => (
                <tr key={row.week}>
                  <th scope="row">{row.week}</th>
                  <td>{row.remedied}</td>
                  <td>{row.sum}</td>
                  <td>{percent(row.rate)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {tables.map((table) => (
        <div key={table.key} className={own.wide}>
          <table className={own.table}>
            <thead>
              <tr>
                <th scope="col">{table.title}</th>
                <th scope="col">{t('recall.units')}</th>
                <th scope="col">{t('recall.booked')}</th>
                <th scope="col">{t('recall.remedied')}</th>
                <th scope="col">{t('recall.rate')}</th>
              </tr>
            </thead>
            <tbody>
              {(table.rows ?? []).slice(0, 20).map((row) => (
                <tr key={row.key}>
                  <th scope="row">{row.name ?? table.name(row.key)}</th>
                  <td>{row.total}</td>
                  <td>{row.booked}</td>
                  <td>{row.remedied}</td>
                  <td>{percent(row.rate)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
    </Block>
  );
}
