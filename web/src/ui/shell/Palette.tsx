import { Modal } from 'antd';
import { Search } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';

import { matching } from './match';
import styles from './palette.module.css';
import type { Command, Finder } from './types';

interface Props {
  open: boolean;
  onClose: () => void;
  commands: readonly Command[];
  find?: Finder | undefined;
}

/** Search and commands in one box. */
export function Palette({ open, onClose, commands, find }: Props) {
  const t = useDeskT();
  return (
    <Modal open={open} onCancel={onClose} footer={null} closable={false} width={640} destroyOnHidden title={<span className="visually-hidden">{t('palette.title')}</span>} className={styles.modal ?? ''}>
      {open && <Box commands={commands} find={find} onClose={onClose} />}
    </Modal>
  );
}

/** Records found for a text, a quarter of a second after the last key. */
function useFound(text: string, find: Finder | undefined) {
  // Results belong to the text they answer: Enter must never open an older one.
  const [found, setFound] = useState<{ text: string; list: readonly Command[] }>({ text: '', list: [] });
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    if (!find || text.trim() === '') return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      find(text.trim(), stop.signal).then(
        (list) => {
          setFound({ text, list });
          setError(undefined);
        },
        (thrown: unknown) => {
          const failure = asApiError(thrown);
          if (failure.kind !== 'stopped') setError(failure);
        },
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, find]);
  return { found: found.text === text ? found.list : [], error };
}

function Box({ commands, find, onClose }: Omit<Props, 'open'>) {
  const t = useDeskT();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const { found, error } = useFound(text, find);
  const shown = [...found, ...matching(commands, text)];
  const active = Math.min(at, Math.max(0, shown.length - 1));

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  function run(command: Command | undefined) {
    if (!command) return;
    onClose();
    command.run();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') setAt((active + 1) % Math.max(1, shown.length));
    else if (event.key === 'ArrowUp') setAt((active - 1 + shown.length) % Math.max(1, shown.length));
    else if (event.key === 'Enter') run(shown[active]);
    else return;
    event.preventDefault();
  }

  return (
    <div className={styles.box}>
      <div className={styles.input}>
        <Search size={18} aria-hidden />
        <input
          autoFocus
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={shown.length > 0 ? `${id}-${active}` : undefined}
          aria-label={t('palette.title')}
          placeholder={t('shell.search')}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      {error && <ErrorView inline error={error} />}
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={t('palette.title')} className={styles.list}>
        {shown.map((command, index) => (
          <Line key={command.key} id={`${id}-${index}`} command={command} selected={index === active} first={command.section !== shown[index - 1]?.section} onRun={() => run(command)} onPoint={() => setAt(index)} />
        ))}
      </div>
      {shown.length === 0 && <p className={styles.none}>{t('palette.empty', { text })}</p>}
      <p className={styles.hint}>{t('palette.hint')}</p>
    </div>
  );
}

interface LineProps {
  id: string;
  command: Command;
  selected: boolean;
  /** First of its section: says the section's name. */
  first: boolean;
  onRun: () => void;
  onPoint: () => void;
}

function Line({ id, command, selected, first, onRun, onPoint }: LineProps) {
  const Icon = command.icon;
  return (
    <div
      id={id}
      role="option"
      aria-selected={selected}
      tabIndex={-1}
      className={styles.line}
      onClick={onRun}
      onMouseMove={onPoint}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onRun();
      }}
    >
      {Icon ? <Icon size={16} aria-hidden /> : <span className={styles.dot} aria-hidden />}
      <span className={styles.label}>{command.label}</span>
      <span className={styles.soft}>{command.hint}</span>
      <span className={styles.section}>{first ? command.section : ''}</span>
    </div>
  );
}
