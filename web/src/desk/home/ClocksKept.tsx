import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { Block } from '@/ui/DetailPage';
import { SkeletonRows } from '@/ui/list/Placeholders';

import parts from '../parts/parts.module.css';
import { useRead, useSay } from '../parts/server';
import styles from './home.module.css';

interface Props {
  from: string;
  to: string;
  outlet: string;
}

/** Whose deadlines were kept and whose were broken; every number opens its deadlines. */
export function ClocksKept({ from, to, outlet }: Props) {
  const t = useDeskT();
  const say = useSay();
  const [open, setOpen] = useState('');
  const period = { from, to, ...(outlet ? { outlet } : {}) };
  const read = useRead(['clocks', 'kept', from, to, outlet], () => answer(api.GET('/console/clocks', { params: { query: period } })));
  const list = read.data?.parties ?? [];
  return (
    <Block title={t('dash.clocks')}>
      {read.error && <ErrorView inline error={read.error} retry={() => void read.refetch()} />}
      {!read.data && !read.error && <SkeletonRows />}
      {read.data && list.length === 0 && <p className={parts.soft}>{t('dash.none')}</p>}
      {list.length > 0 && (
        <table className={styles.parties}>
          <tbody>
            {list.flatMap((row) => [
              <Line
                key={row.party}
                name={
                  <Button type="link" size="small" style={{ padding: 0 }} aria-expanded={open === row.party} onClick={() => setOpen(open === row.party ? '' : row.party)}>
                    {say(`clocks.party.${row.party}`)}
                  </Button>
                }
                met={row.met}
                breached={row.breached}
                search={{ ...period, party: row.party }}
              />,
              ...(open === row.party
                ? (row.milestones ?? []).map((one) => (
                    <Line key={`${row.party}.${one.milestone}`} part name={say(`clocks.milestone.${one.milestone}`)} met={one.met} breached={one.breached} search={{ ...period, party: row.party, milestone: one.milestone }} />
                  ))
                : []),
            ])}
          </tbody>
        </table>
      )}
    </Block>
  );
}

interface LineProps {
  name: React.ReactNode;
  met: number;
  breached: number;
  search: Record<string, string>;
  part?: boolean;
}

function Line({ name, met, breached, search, part = false }: LineProps) {
  const t = useDeskT();
  const lang = useLang();
  const all = met + breached;
  const percent = new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 1 });
  return (
    <tr data-part={part || undefined}>
      <th scope="row">{name}</th>
      <td>
        <div className={parts.bars} aria-hidden>
          <i style={{ width: `${(met / all) * 100}%` }} />
          <i style={{ width: `${(breached / all) * 100}%` }} data-tone="bad" />
        </div>
      </td>
      <td>{percent.format(met / all)}</td>
      <td>
        <Behind n={met} search={{ ...search, hit: 'true' }} /> {t('dash.met')}
      </td>
      <td className={breached > 0 ? parts.outside : parts.soft}>
        <Behind n={breached} search={{ ...search, hit: 'false' }} /> {t('dash.breached')}
      </td>
    </tr>
  );
}

/** A number that opens the records it counts. */
export function Behind({ n, search }: { n: number; search: Record<string, string> }) {
  if (n === 0) return <span>0</span>;
  return (
    <Link to="/dashboard/behind" search={search as never} style={{ textDecoration: 'underline' }}>
      {n}
    </Link>
  );
}
