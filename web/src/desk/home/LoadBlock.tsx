import { Link } from '@tanstack/react-router';
import { Segmented } from 'antd';
import { CircleAlert, CircleCheck, CircleDashed, TriangleAlert } from 'lucide-react';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { Pill } from '@/kit/StatePill';
import { Block } from '@/ui/DetailPage';
import { SkeletonRows } from '@/ui/list/Placeholders';

import parts from '../parts/parts.module.css';
import { useRead } from '../parts/server';
import styles from './home.module.css';
import { fullness, loadOf, type OutletLoad } from './load';
import { LoadMap } from './LoadMap';
import { useLoadText } from './useLoadText';

const spans = ['1', '3', '7', '14'] as const;
const looks = {
  none: { tone: 'neutral', icon: CircleDashed },
  easy: { tone: 'good', icon: CircleCheck },
  tight: { tone: 'warn', icon: TriangleAlert },
  over: { tone: 'bad', icon: CircleAlert },
} as const;

interface Props {
  outlet: string;
  ahead: string;
  onAhead: (days: string) => void;
}

/** Work against capacity of the next days: a map, and the table behind it; every number opens what it counts. */
export function LoadBlock({ outlet, ahead, onAhead }: Props) {
  const t = useDeskT();
  const days = spans.find((one) => one === ahead) ?? '7';
  const [chosen, setChosen] = useState('');
  const read = useRead(['load', days, outlet], () => answer(api.GET('/console/load', { params: { query: { days: Number(days), ...(outlet ? { outlet } : {}) } } })), true, 300_000);
  const all = read.data?.outlets ?? [];
  const rows = all.filter((row) => row.available > 0 || row.booked > 0 || row.orders > 0);
  const nobody = read.data?.nobody ?? [];
  const waiting = nobody.reduce((sum, row) => sum + row.orders, 0);
  return (
    <Block
      title={t('load.title')}
      extra={<Segmented size="small" aria-label={t('load.ahead')} value={days} options={spans.map((value) => ({ value, label: t('load.days', { count: Number(value) }) }))} onChange={onAhead} />}
    >
      {read.error && <ErrorView inline error={read.error} retry={() => void read.refetch()} />}
      {!read.data && !read.error && <SkeletonRows />}
      {read.data && (
        <div className={styles.load}>
          <div className={styles.picture}>
            <LoadMap outlets={rows} nobody={nobody} chosen={chosen} onChoose={(id) => setChosen(id === chosen ? '' : id)} />
            <small className={parts.soft}>{t('load.legend')}</small>
          </div>
          <div className={parts.table}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('dash.outlet')}</th>
                  <th scope="col">{t('load.load')}</th>
                  <th scope="col">{t('load.booked')}</th>
                  <th scope="col">{t('load.waiting')}</th>
                  <th scope="col">{t('load.available')}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <Row key={row.id} row={row} chosen={row.id === chosen} from={read.data.from} span={days === '1' ? '1' : days === '3' ? '3' : '7'} />
                ))}
                {waiting > 0 && (
                  <tr>
                    <td data-title={t('dash.outlet')}>{t('dash.noOutlet')}</td>
                    <td data-title={t('load.load')}>–</td>
                    <td data-title={t('load.booked')}>–</td>
                    <td data-title={t('load.waiting')}>
                      <Link to="/orders" search={{ queue: 'unplanned', nobody: 'true' } as never}>
                        {t('load.orders', { count: waiting })}
                      </Link>
                    </td>
                    <td data-title={t('load.available')}>–</td>
                  </tr>
                )}
              </tbody>
            </table>
            {rows.length === 0 && waiting === 0 && <p className={styles.empty}>{t('load.none')}</p>}
          </div>
        </div>
      )}
    </Block>
  );
}

function Row({ row, chosen, from, span }: { row: OutletLoad; chosen: boolean; from: string; span: string }) {
  const t = useDeskT();
  const text = useLoadText();
  const load = loadOf(row);
  const look = looks[fullness(load)];
  return (
    <tr data-chosen={chosen || undefined} className={chosen ? styles.chosen : undefined}>
      <td data-title={t('dash.outlet')}>
        {row.name}
        {row.area && <small className={parts.soft}> {row.area}</small>}
      </td>
      <td data-title={t('load.load')}>
        <Pill tone={look.tone} icon={look.icon} label={text.percent(load)} />
      </td>
      <td data-title={t('load.booked')}>
        {row.booked > 0 && row.unit === 'minutes' ? (
          <Link to="/day" search={{ outlet: row.id, day: from, span } as never}>
            {text.amount(row.unit, row.booked)}
          </Link>
        ) : (
          text.amount(row.unit, row.booked)
        )}
      </td>
      <td data-title={t('load.waiting')}>
        {row.orders > 0 ? (
          <Link to="/orders" search={{ queue: 'live', state: 'offered,accepted', outlet: row.id } as never}>
            {row.unit === 'minutes' ? `${t('load.orders', { count: row.orders })} · ${text.amount(row.unit, row.waiting)}` : t('load.orders', { count: row.orders })}
          </Link>
        ) : (
          text.amount(row.unit, 0)
        )}
      </td>
      <td data-title={t('load.available')}>{text.amount(row.unit, row.available)}</td>
    </tr>
  );
}
