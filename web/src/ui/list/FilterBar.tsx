import { Button, Checkbox, Dropdown, Input, Popover, Radio } from 'antd';
import { ListFilter, Search as SearchIcon, X } from 'lucide-react';
import { useEffect, useState } from 'react';

import { useDeskT } from '@/i18n/desk';

import styles from './filters.module.css';
import type { ListState } from './listState';
import type { Filter } from './types';
import type { ListChange } from './useListState';

interface Props {
  filters: readonly Filter[];
  searchable: boolean;
  state: ListState;
  onChange: ListChange;
}

/** Search box and filters; each filter in force is a chip that opens to change and has a cross to leave. */
export function FilterBar({ filters, searchable, state, onChange }: Props) {
  const t = useDeskT();
  const [opened, setOpened] = useState('');
  const active = filters.filter((filter) => state.filters[filter.key] !== undefined || filter.key === opened);
  const idle = filters.filter((filter) => !active.includes(filter));
  const set = (key: string, values: string[]) => {
    const next = Object.entries({ ...state.filters, [key]: values }).filter(([, list]) => list.length > 0);
    onChange({ filters: Object.fromEntries(next) });
  };
  if (!searchable && filters.length === 0) return null;
  return (
    <div className={styles.bar} role="search">
      {searchable && <SearchBox key={state.q} initial={state.q} onSearch={(q) => onChange({ q })} />}
      {active.map((filter) => (
        <Chip
          key={filter.key}
          filter={filter}
          values={state.filters[filter.key] ?? []}
          open={filter.key === opened}
          onOpen={(open) => setOpened(open ? filter.key : '')}
          onSet={(values) => set(filter.key, values)}
        />
      ))}
      {idle.length > 0 && (
        <Dropdown trigger={['click']} menu={{ items: idle.map((filter) => ({ key: filter.key, label: filter.label })), onClick: ({ key }) => setOpened(key) }}>
          <Button type="text" size="small" icon={<ListFilter size={14} aria-hidden />} aria-label={t('list.filter.add')}>
            {t('list.filter')}
          </Button>
        </Dropdown>
      )}
      {(state.q !== '' || Object.keys(state.filters).length > 0) && (
        <Button type="text" size="small" onClick={() => onChange({ q: '', filters: {} })}>
          {t('list.filter.clear')}
        </Button>
      )}
    </div>
  );
}

function SearchBox({ initial, onSearch }: { initial: string; onSearch: (q: string) => void }) {
  const t = useDeskT();
  const [text, setText] = useState(initial);
  const [composing, setComposing] = useState(false);
  // Letters of a pinyin input method are no search yet.
  useEffect(() => {
    if (composing || text === initial) return undefined;
    const timer = setTimeout(() => onSearch(text.trim()), 350);
    return () => clearTimeout(timer);
  }, [text, composing, initial, onSearch]);
  return (
    <Input
      className={styles.search ?? ''}
      size="small"
      allowClear
      prefix={<SearchIcon size={14} aria-hidden />}
      placeholder={t('list.search')}
      aria-label={t('list.search')}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onCompositionStart={() => setComposing(true)}
      onCompositionEnd={() => setComposing(false)}
      onPressEnter={() => onSearch(text.trim())}
    />
  );
}

interface ChipProps {
  filter: Filter;
  values: readonly string[];
  open: boolean;
  onOpen: (open: boolean) => void;
  onSet: (values: string[]) => void;
}

function Chip({ filter, values, open, onOpen, onSet }: ChipProps) {
  const t = useDeskT();
  const labels = values.map((value) => filter.options?.find((option) => option.value === value)?.label ?? value);
  const shown = labels.length > 2 ? `${labels.slice(0, 2).join(', ')} +${labels.length - 2}` : labels.join(', ');
  return (
    <span className={styles.chip} data-on={values.length > 0 || undefined}>
      <Popover trigger="click" placement="bottomLeft" open={open} onOpenChange={onOpen} content={<Choice filter={filter} values={values} onSet={onSet} />}>
        <button type="button" className={styles.chipText} aria-expanded={open}>
          {filter.label} <b>{shown || t('list.filter.any')}</b>
        </button>
      </Popover>
      <button
        type="button"
        className={styles.chipOff}
        aria-label={t('list.filter.remove', { name: filter.label })}
        onClick={() => {
          onOpen(false);
          onSet([]);
        }}
      >
        <X size={12} aria-hidden />
      </button>
    </span>
  );
}

function Choice({ filter, values, onSet }: Pick<ChipProps, 'filter' | 'values' | 'onSet'>) {
  const options = (filter.options ?? []).map((option) => ({ ...option }));
  switch (filter.kind) {
    case 'choice':
      return <Checkbox.Group className={styles.choice ?? ''} options={options} value={[...values]} onChange={(next) => onSet(next.map(String))} />;
    case 'one':
      return <Radio.Group className={styles.choice ?? ''} options={options} value={values[0]} onChange={(event) => onSet([String(event.target.value)])} />;
    case 'day':
      return <input type="date" aria-label={filter.label} className={styles.day} value={values[0] ?? ''} onChange={(event) => onSet(event.target.value ? [event.target.value] : [])} />;
  }
}
