import { useMemo } from 'react';

import { useLang } from '@/i18n/setup';

import { useCatalog, useNameOf } from '../parts/server';

interface Stop {
  parts?: readonly string[] | null;
  tools?: readonly string[] | null;
}

/** What a stop at a store is for: parts by their codes, tools by their names. */
export function useFetched(): (stop: Stop | undefined) => string {
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const comma = useLang() === 'en' ? ', ' : '、';
  return useMemo(() => {
    const names = new Map(catalog?.tools?.map((one) => [one.code, nameOf(one)]));
    return (stop) => [...(stop?.parts ?? []), ...(stop?.tools ?? []).map((code) => names.get(code) ?? code)].join(comma);
  }, [catalog, nameOf, comma]);
}
