import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { Pill } from '@/kit/StatePill';
import type { Tone } from '@/theme/tokens';

import { SimpleTable } from '../admin/Simple';
import { may, useCatalog, useMe, useNameOf, useRead, useSay } from '../parts/server';
import { NewPack } from './NewPack';
import { packKey, useWords, type Pack } from './packs';
import { RulePack } from './RulePack';

const tones: Record<Pack['state'], Tone> = { draft: 'info', published: 'good', withdrawn: 'neutral' };

/** How many places are named; more are counted. */
const named = 3;

/** Countries and unions by their names. */
function Places({ codes }: { codes: readonly string[] }) {
  const t = useDeskT();
  const lang = useLang();
  const names = new Intl.DisplayNames(lang, { type: 'region', fallback: 'code' });
  const places = [...new Set(codes.map((code) => (/^[A-Z]{2}$/.test(code) ? (names.of(code) ?? code) : code)))];
  const list = new Intl.ListFormat(lang, { type: 'unit', style: lang === 'en' ? 'short' : 'narrow' });
  const join = (some: readonly string[]) => (lang === 'en' ? list.format(some) : some.join('、'));
  return <span title={join(places)}>{places.length > named + 1 ? t('rules.places', { places: join(places.slice(0, named)), count: places.length }) : join(places)}</span>;
}

/** Laws and promises by which customers' rights are decided; those of the firm are written, confirmed and put in force here. */
export function RulePacksPage() {
  const t = useDeskT();
  const say = useSay();
  const words = useWords();
  const nameOf = useNameOf();
  const brands = useCatalog()?.brands ?? [];
  const { data: me } = useMe();
  const rows = useRead(['rule-packs'], async () => (await answer(api.GET('/rule-packs'))) ?? []);
  return (
    <SimpleTable
      title={t('nav.rules')}
      rows={rows}
      rowKey={packKey}
      name={(row) => words(row.title)}
      empty={t('rules.none')}
      columns={[
        { title: t('rules.title'), cell: (row) => <span data-own-words>{words(row.title)}</span>, long: true },
        { title: t('rules.kind'), cell: (row) => t(`rules.kind.${row.kind as 'maker'}`) },
        { title: t('rules.where'), cell: (row) => <Places codes={row.jurisdictions ?? []} />, long: true },
        { title: t('case.brand'), cell: (row) => (row.brand_id ? nameOf(brands.find((one) => one.id === row.brand_id)) : t('rules.brand.all')) },
        { title: t('rules.version'), cell: (row) => `${row.version} · ${t(`rules.origin.${row.origin}`)}` },
        { title: t('case.state'), cell: (row) => <Pill tone={tones[row.state]} label={say(`rules.pack_state.${row.state}`)} /> },
        {
          title: t('rules.confirm'),
          cell: (row) => ((row.open ?? []).length > 0 ? <Pill tone="warn" label={t('rules.open', { count: (row.open ?? []).length })} /> : (row.confirmed ?? []).length > 0 && t('rules.confirmed', { count: (row.confirmed ?? []).length })),
        },
      ]}
      detail={(row, close) => <RulePack key={packKey(row)} pack={row} onDone={close} />}
    >
      {may(me, 'entitlement.rules') && <NewPack />}
    </SimpleTable>
  );
}
