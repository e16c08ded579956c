import { useDeskT } from '@/i18n/desk';
import { Facts } from '@/ui/DetailPage';

import { DivisionNames } from '../parts/Divisions';
import { useCatalog, useNameOf } from '../parts/server';
import type { Plan } from './parts';

/** Which units a campaign concerns, in words. */
export function Conditions({ conditions: c }: { conditions: Plan['conditions'] }) {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const range = (row: { from?: string; to?: string; prefix?: string }) => (row.prefix ? `${row.prefix}…` : `${row.from ?? ''} – ${row.to ?? ''}`);
  const ranges = (rows: readonly { from?: string; to?: string; prefix?: string }[] | null | undefined) => (rows ?? []).map(range).join(', ');
  return (
    <Facts
      facts={[
        ...((c.models ?? []).length > 0 ? [[t('recall.models'), (c.models ?? []).map((id) => catalog?.models?.find((row) => row.id === id)?.code ?? id).join(', ')] as const] : []),
        ...((c.categories ?? []).length > 0 ? [[t('case.product'), (c.categories ?? []).map((code) => nameOf(catalog?.categories?.find((row) => row.code === code), code)).join(', ')] as const] : []),
        ...((c.serials ?? []).length > 0 ? [[t('recall.serials'), ranges(c.serials)] as const] : []),
        ...(c.made_from || c.made_to ? [[t('recall.made'), `${c.made_from ?? ''} – ${c.made_to ?? ''}${c.made_unknown ? ` · ${t('recall.madeUnknown')}` : ''}`] as const] : []),
        ...((c.divisions ?? []).length > 0 ? [[t('recall.divisions'), <DivisionNames key="divisions" codes={c.divisions ?? []} />] as const] : []),
        ...(c.component ? [[t('recall.component'), `${c.component.type} ${ranges(c.component.serials)}`] as const] : []),
        ...(c.not_swapped ? [[t('recall.notSwapped'), c.not_swapped] as const] : []),
      ]}
    />
  );
}
