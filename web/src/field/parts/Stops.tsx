import { Package } from 'lucide-react';
import { useEffect, useState } from 'react';

import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { useFieldT } from '@/i18n/field';
import { useLang } from '@/i18n/setup';
import { formatTime } from '@/lib/format';
import { defaultZone } from '@/lib/instant';

import { useReadAt } from '../useData';

type Stop = components['schemas']['DispatchStopBody'];

/** No customer is in it: where and when which parts are fetched. It is kept for a day without signal. */
const kept = (day: string) => `anxin.field.stops.${day}`;

function read(day: string): Stop[] {
  try {
    return JSON.parse(localStorage.getItem(kept(day)) ?? '[]') as Stop[];
  } catch {
    return [];
  }
}

/** Where the engineer fetches parts on a day, by time: read with the visits, and shown as they were read last. */
export function Stops({ day }: { day: string }) {
  const t = useFieldT();
  const lang = useLang();
  const readAt = useReadAt();
  const [stops, setStops] = useState<Stop[]>(() => read(day));
  useEffect(() => {
    let gone = false;
    const load = async () => {
      try {
        const { items } = await answer(api.GET('/field/stops', { params: { query: { date: day } } }));
        for (const key of Object.keys(localStorage)) if (key.startsWith(kept('')) && key < kept(day)) localStorage.removeItem(key);
        localStorage.setItem(kept(day), JSON.stringify(items ?? []));
        if (!gone) setStops(items ?? []);
      } catch {
        // Without signal, or signed out: what was read last stands, as the visits do.
      }
    };
    void load();
    return () => {
      gone = true;
    };
  }, [day, readAt]);
  if (stops.length === 0) return null;
  return (
    <section className="stops" aria-label={t('stops.title')}>
      {stops.map((stop) => (
        <div key={`${stop.outlet_id} ${stop.start}`} className="card">
          <span className="row">
            <Package size={18} aria-hidden />
            <b className="when">{stop.end > stop.start ? `${formatTime(stop.start, defaultZone)}–${formatTime(stop.end, defaultZone)}` : t('stops.first')}</b>
          </span>
          <span className="what">{t('stops.fetch', { outlet: stop.outlet_name, parts: [...(stop.parts ?? []), ...(stop.tool_names ?? stop.tools ?? [])].join(lang === 'en' ? ', ' : '、') })}</span>
        </div>
      ))}
    </section>
  );
}
