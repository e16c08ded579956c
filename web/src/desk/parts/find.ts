import { Headset, MonitorSmartphone, Users, Wrench } from 'lucide-react';
import { useCallback } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import type { Command, Finder } from '@/ui/shell/types';

import { may, useCatalog, useNameOf } from './server';
import type { Me } from './types';

const limit = 5;

/** Looks a text up among cases, orders, customers and units at once, as far as the person may see them. */
export function useFinder(me: Me, go: (to: string) => void): Finder {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  return useCallback<Finder>(
    async (text, signal) => {
      const q = text.trim();
      // One Chinese character is a family name; one letter or digit would find everything.
      if (q.length < 2 && !/\p{Script=Han}/u.test(q)) return [];
      const product = (code: string | undefined) => nameOf(catalog?.categories?.find((one) => one.code === code), code);
      const looks: Promise<Command[]>[] = [];
      if (may(me, 'cases.read') && q.length > 1) {
        looks.push(
          answer(api.GET('/cases/search', { params: { query: { q, limit } }, signal })).then(({ items }) =>
            (items ?? []).map((one) => ({ key: one.id, label: `${one.number} ${one.summary}`, hint: one.contact_name, section: t('nav.cases'), icon: Headset, run: () => go(`/cases/${one.id}`) })),
          ),
        );
      }
      if (may(me, 'orders.read') && q.length > 1) {
        looks.push(
          answer(api.GET('/orders/search', { params: { query: { q, limit } }, signal })).then(({ items }) =>
            (items ?? []).map((one) => ({ key: one.id, label: `${one.number} ${product(one.category)}`, hint: one.contact_name, section: t('nav.orders'), icon: Wrench, run: () => go(`/orders/${one.id}`) })),
          ),
        );
      }
      if (may(me, 'customers.read')) {
        looks.push(
          answer(api.GET('/customers', { params: { query: { q, limit } }, signal })).then(({ items }) =>
            (items ?? []).map((one) => ({ key: one.id, label: one.name, hint: one.phones?.[0]?.number, section: t('nav.customers'), icon: Users, run: () => go(`/customers/${one.id}`) })),
          ),
        );
      }
      if (may(me, 'units.read') && q.length > 3) {
        looks.push(
          answer(api.GET('/units', { params: { query: { serial: q, limit } }, signal })).then(({ items }) =>
            (items ?? []).map((one) => ({ key: one.id, label: one.serial ?? product(one.category), hint: product(one.category), section: t('nav.units'), icon: MonitorSmartphone, run: () => go(`/units/${one.id}`) })),
          ),
        );
      }
      const found = await Promise.allSettled(looks);
      const lost = found.find((one) => one.status === 'rejected');
      const all = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      // What was found is shown even when another look failed; only when nothing came does the failure.
      if (all.length === 0 && lost) throw lost.reason;
      return all;
    },
    [me, go, t, nameOf, catalog],
  );
}
