import { useEffect, useState, type ReactNode } from 'react';

import { useNow } from '@/lib/now';
import { answer, api } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { readMe } from '@/api/session';
import type { components } from '@/api/schema';
import { useFieldT } from '@/i18n/field';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { Pill } from '@/kit/StatePill';
import { formatDate, formatTime } from '@/lib/format';
import { dayAt, defaultZone, millis } from '@/lib/instant';

type Schemas = components['schemas'];

interface Own {
  certificates: readonly Schemas['WorkforceStaffCertificate'][];
  skills: NonNullable<Schemas['CatalogBody']['skills']>;
  week: readonly Schemas['WorkforceStaffShift'][];
  zone: string;
  stock: readonly { id: string; name: string; free: number; on_hand: number; minimum: number }[];
}

const dayMs = 86_400_000;

/** How long before its end a certificate is shown as ending. */
const soonMs = 60 * dayMs;

/** Days of the week that is shown, from today. */
const weekDays = 7;

async function readOwn(lang: string): Promise<Own | undefined> {
  const me = await readMe();
  if (!me.engineer_id) return undefined;
  const path = { id: me.engineer_id };
  const now = Date.now();
  const query = { from: dayAt(now, defaultZone), to: dayAt(now + (weekDays - 1) * dayMs, defaultZone) };
  const [one, catalog, shifts] = await Promise.all([
    answer(api.GET('/staff/{id}', { params: { path } })),
    answer(api.GET('/catalog')),
    answer(api.GET('/staff/{id}/shifts', { params: { path, query } })),
  ]);
  const rows = one.van_place ? ((await answer(api.GET('/stock', { params: { query: { place_id: one.van_place, limit: 200 } } }))).items ?? []) : [];
  const parts = await Promise.all(rows.map((row) => answer(api.GET('/parts/{id}', { params: { path: { id: row.part_id } } }))));
  return {
    certificates: one.certificates ?? [],
    skills: catalog.skills ?? [],
    week: shifts.working ?? [],
    zone: defaultZone,
    stock: rows.map((row, index) => ({ id: row.part_id, name: nameOf(parts[index], lang) ?? row.part_id, free: row.free, on_hand: row.on_hand, minimum: row.minimum })),
  };
}

/** A thing's name in the language in force. */
function nameOf(thing: { name_zh: string; name_en?: string | undefined } | undefined, lang: string): string | undefined {
  return lang === 'en' && thing?.name_en ? thing.name_en : thing?.name_zh;
}

/** What is one's own: the shifts of the week, the certificates, the parts in the van. It needs a network. */
export function Mine() {
  const t = useFieldT();
  const lang = useLang();
  const now = useNow(3_600_000);
  const [own, setOwn] = useState<Own | null>();
  const [error, setError] = useState<ApiError>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let over = false;
    readOwn(lang).then(
      (found) => {
        if (over) return;
        setOwn(found ?? null);
        setError(undefined);
      },
      (thrown: unknown) => {
        if (!over) setError(asApiError(thrown));
      },
    );
    return () => {
      over = true;
    };
  }, [lang, tries]);
  if (error) return <ErrorView inline error={error} retry={() => setTries(tries + 1)} />;
  if (!own) return null;
  return (
    <>
      <Part title={t('mine.week')} empty={own.week.length === 0 ? t('mine.week.none') : ''}>
        {own.week.map((shift) => (
          <li key={shift.start} className="row">
            <span className="grow">{formatDate(millis(shift.start), own.zone, lang)}</span>
            <b>
              {formatTime(shift.start, own.zone)}–{formatTime(shift.end, own.zone)}
            </b>
          </li>
        ))}
      </Part>
      <Part title={t('mine.certificates')} empty={own.certificates.length === 0 ? t('mine.certificates.none') : ''}>
        {own.certificates.map((row) => {
          const skill = own.skills.find((one) => one.code === row.code);
          const ends = [row.valid_to, row.recheck_by].filter((day) => day !== undefined).sort()[0];
          const ending = ends !== undefined && Date.parse(ends) - now < soonMs;
          return (
            <li key={row.id} className="row">
              <span className="grow">
                {nameOf(skill, lang) ?? row.code}
                <br />
                <small className="soft">
                  {row.number} {ends && <span className="whole">{t('mine.until', { day: ends })}</span>}
                </small>
              </span>
              <Pill tone={!row.valid ? 'bad' : ending ? 'warn' : 'good'} label={t(!row.valid ? 'mine.invalid' : ending ? 'mine.ending' : 'mine.valid')} />
            </li>
          );
        })}
      </Part>
      <Part title={t('mine.stock')} empty={own.stock.length === 0 ? t('mine.stock.none') : ''}>
        {own.stock.map((row) => (
          <li key={row.id} className="row">
            <span className="grow">{row.name}</span>
            {row.free < row.minimum && <Pill tone="warn" label={t('mine.low')} />}
            <b>{t('mine.free', { free: row.free, all: row.on_hand })}</b>
          </li>
        ))}
      </Part>
    </>
  );
}

function Part({ title, empty, children }: { title: string; empty: string; children: ReactNode }) {
  return (
    <section className="card">
      <h2>{title}</h2>
      {empty === '' ? <ul className="plain">{children}</ul> : <p className="soft">{empty}</p>}
    </section>
  );
}
