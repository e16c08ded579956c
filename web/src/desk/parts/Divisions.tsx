import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useDeferredValue, useId, useState } from 'react';

import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';

import styles from './parts.module.css';

type Division = components['schemas']['CustomersDivisionBody'];

interface Waiting { resolve: (found: Division | null) => void; reject: (why: unknown) => void }

/** Codes whose names are asked for together with the next ones: a list has one on each row. */
let waiting = new Map<string, Waiting[]>();

/** How many codes the server names at once. */
const atOnce = 100;

async function ask(): Promise<void> {
  const asked = [...waiting];
  waiting = new Map();
  for (let from = 0; from < asked.length; from += atOnce) {
    const some = asked.slice(from, from + atOnce);
    try {
      // The server takes a list with commas, not the name again and again.
      const { items } = await answer(api.GET('/divisions', { params: { query: { code: [some.map(([code]) => code).join()] } } }));
      for (const [code, list] of some) for (const one of list) one.resolve(items?.find((found) => found.code === code) ?? null);
    } catch (thrown) {
      for (const [, list] of some) for (const one of list) one.reject(thrown);
    }
  }
}

function nameOf(code: string): Promise<Division | null> {
  return new Promise((resolve, reject) => {
    if (waiting.size === 0) setTimeout(() => void ask());
    waiting.set(code, [...(waiting.get(code) ?? []), { resolve, reject }]);
  });
}

/** Divisions by their codes: read once, they do not change while somebody looks. */
function useNamed(codes: readonly string[]): Record<string, string> {
  const found = useQueries({ queries: codes.map((code) => ({ queryKey: ['division', code], queryFn: () => nameOf(code), staleTime: Infinity, retry: false })) });
  return Object.fromEntries(codes.map((code, index) => [code, found[index]?.data?.path ?? code]));
}

/** Names of divisions, their codes as long as nobody knows them. */
export function DivisionNames({ codes }: { codes: readonly string[] }) {
  const names = useNamed(codes);
  return (
    <span translate="no" title={codes.join(', ')}>
      {codes.map((code) => names[code]).join('、')}
    </span>
  );
}

interface Props {
  label: string;
  /** Codes. */
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** Any number of them instead of one. */
  many?: boolean;
}

/** A labelled choice of divisions, looked for by name or code. */
export function DivisionField({ label, value, onChange, many = false }: Props) {
  const t = useDeskT();
  const id = useId();
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: ['divisions', q],
    queryFn: ({ signal }) => answer(api.GET('/divisions', { params: { query: { q } }, signal })),
    enabled: q !== '',
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
  const names = useNamed(value);
  const options = [
    ...value.map((code) => ({ value: code, label: names[code] })),
    ...(q === '' ? [] : (found.data?.items ?? [])).filter((one) => !value.includes(one.code)).map((one) => ({ value: one.code, label: one.path })),
  ];
  const asName = ({ label: name }: { label?: React.ReactNode }) => <span translate="no">{name}</span>;
  return (
    <label htmlFor={id} className={styles.field}>
      {label}
      <Select<string[] | string | null>
        id={id}
        allowClear
        placeholder={t('admin.divisionFind')}
        {...(many ? { mode: 'multiple' as const } : {})}
        popupMatchSelectWidth={false}
        showSearch={{ filterOption: false, searchValue: text, onSearch: (next) => setText(next.slice(0, 60)) }}
        value={many ? [...value] : (value[0] ?? null)}
        options={options}
        labelRender={asName}
        optionRender={asName}
        notFoundContent={q === '' ? t('admin.divisionFind') : t(found.isPending ? 'admin.divisionLooking' : 'admin.divisionNone')}
        onChange={(next) => {
          setText('');
          onChange(Array.isArray(next) ? next : next ? [next] : []);
        }}
      />
    </label>
  );
}
