import { Input, InputNumber, Select, Switch } from 'antd';
import { useId, type ReactNode } from 'react';

import { minorDigits } from '@/lib/format';

import styles from './parts.module.css';

interface SelectProps {
  label: string;
  value: unknown;
  options: readonly { value: string; label: string }[];
  onChange: (value: string | undefined) => void;
  /** What the empty choice means, where it means something. */
  none?: string;
  /** The options are names that no language changes: time zones, codes. */
  codes?: boolean;
}

const asCode = ({ label }: { label?: ReactNode }) => <span translate="no">{label}</span>;

/** A labelled choice of one. */
export function Choose({ label, value, options, onChange, none, codes = false }: SelectProps) {
  const id = useId();
  return (
    <label htmlFor={id} className={styles.field}>
      {label}
      <Select
        id={id}
        allowClear
        {...(none ? { placeholder: none } : {})}
        showSearch={{ optionFilterProp: 'label' }}
        value={typeof value === 'string' && value !== '' ? value : null}
        options={options.map((one) => ({ ...one }))}
        {...(codes ? { labelRender: asCode, optionRender: asCode } : {})}
        onChange={(next: string | null) => onChange(next ?? undefined)}
      />
    </label>
  );
}

interface ManyProps {
  label: string;
  value: unknown;
  options: readonly { value: string; label: string }[];
  onChange: (value: string[]) => void;
}

/** A labelled choice of several. */
export function ChooseMany({ label, value, options, onChange }: ManyProps) {
  const id = useId();
  const chosen = Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  return (
    <label htmlFor={id} className={styles.field}>
      {label}
      <Select id={id} mode="multiple" showSearch={{ optionFilterProp: 'label' }} value={chosen} options={options.map((one) => ({ ...one }))} onChange={onChange} />
    </label>
  );
}

interface TextProps {
  label: string;
  value: unknown;
  onChange: (value: string) => void;
  area?: boolean;
  error?: string | undefined;
  type?: string;
  /** What a browser or a keeper of passwords may fill in; nothing unless told. */
  autoComplete?: string;
  autoFocus?: boolean;
}

/** A labelled line or box of text. */
export function TextField({ label, value, onChange, area = false, error, type, autoComplete, autoFocus = false }: TextProps) {
  const id = useId();
  const text = typeof value === 'string' ? value : '';
  const status = error ? { status: 'error' as const, 'aria-invalid': true, 'aria-describedby': `${id}-error` } : {};
  return (
    <label htmlFor={id} className={styles.field}>
      {label}
      {area ? (
        <Input.TextArea id={id} autoSize={{ minRows: 3, maxRows: 8 }} value={text} onChange={(event) => onChange(event.target.value)} {...status} />
      ) : (
        <Input id={id} value={text} onChange={(event) => onChange(event.target.value)} autoFocus={autoFocus} {...(type ? { type } : {})} {...(autoComplete ? { autoComplete } : {})} {...status} />
      )}
      {error && (
        <small id={`${id}-error`} className={styles.error}>
          {error}
        </small>
      )}
    </label>
  );
}

/** A labelled whole number. */
export function NumberField({ label, value, onChange, min = 0, max = 100_000 }: { label: string; value: unknown; onChange: (value: number | undefined) => void; min?: number; max?: number }) {
  const id = useId();
  return (
    <label htmlFor={id} className={styles.field}>
      {label}
      <InputNumber id={id} min={min} max={max} precision={0} value={typeof value === 'number' ? value : null} onChange={(next) => onChange(next ?? undefined)} />
    </label>
  );
}

interface AmountProps {
  label: string;
  /** Minor units: fen, cents. */
  minor: unknown;
  currency: string;
  onChange: (minor: number | undefined) => void;
}

/** A labelled amount of money, typed as people write it in its currency. */
export function AmountField({ label, minor, currency, onChange }: AmountProps) {
  const id = useId();
  const digits = minorDigits(currency);
  const unit = 10 ** digits;
  return (
    <label htmlFor={id} className={styles.field}>
      {label}
      <InputNumber
        id={id}
        min={0}
        max={10_000_000}
        precision={digits}
        className={styles.amount ?? ''}
        prefix={currency}
        value={typeof minor === 'number' ? minor / unit : null}
        onChange={(next) => onChange(typeof next === 'number' ? Math.round(next * unit) : undefined)}
      />
    </label>
  );
}

/** A labelled yes or no. */
export function YesNo({ label, value, onChange }: { label: string; value: unknown; onChange: (value: boolean) => void }) {
  const id = useId();
  return (
    <label htmlFor={id} className={styles.switch}>
      <Switch id={id} size="small" checked={value === true} onChange={onChange} /> {label}
    </label>
  );
}
