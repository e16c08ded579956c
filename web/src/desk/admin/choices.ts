import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';

import { readAll, useNameOf, useRead } from '../parts/server';

interface Choice {
  value: string;
  label: string;
}

/** Every outlet, as a choice needs them all. */
export function useOutlets() {
  return useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } })))).data ?? [];
}

/** How far somebody sees: everything, or one outlet and what is below it. */
export function useOutletChoices(): Choice[] {
  const t = useDeskT();
  const outlets = useOutlets();
  return [{ value: '/', label: t('admin.all') }, ...outlets.map((one) => ({ value: one.path, label: one.name }))];
}

/** Every permission in words. */
export function usePermissionChoices(): Choice[] {
  const lang = useLang();
  const items = useRead(['permissions', lang], async () => (await answer(api.GET('/permissions'))).items ?? []).data ?? [];
  return items.map((one) => ({ value: one.key, label: one.name }));
}

/** Every role by name. */
export function useRoleChoices(): Choice[] {
  const nameOf = useNameOf();
  const roles = useRead(['roles'], async () => (await answer(api.GET('/roles'))).items ?? []).data ?? [];
  return roles.map((one) => ({ value: one.key, label: nameOf(one) }));
}

/** The catalogue with what is retired, as its keepers need it. */
export function useWholeCatalog() {
  return useRead(['catalog', 'whole'], () => answer(api.GET('/catalog', { params: { query: { retired: true } } })));
}
