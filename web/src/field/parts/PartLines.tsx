import { Minus, Plus } from 'lucide-react';
import { useState } from 'react';

import { useFieldT } from '@/i18n/field';

import type { FieldOrder } from '../model';

interface Props {
  order: FieldOrder;
  /** Pieces used by part code. */
  parts: Record<string, number>;
  change: (parts: Record<string, number>) => void;
}

/** Parts used, by pieces: the reserved ones first, others by their code. */
export function PartLines({ order, parts, change }: Props) {
  const t = useFieldT();
  const [code, setCode] = useState('');
  const known = new Map(order.parts.map((part) => [part.code, part]));
  const codes = [...known.keys(), ...Object.keys(parts).filter((one) => !known.has(one) && (parts[one] ?? 0) > 0)];
  return (
    <>
      {codes.map((one) => {
        const part = known.get(one);
        const name = part?.name ?? one;
        const used = parts[one] ?? 0;
        return (
          <div key={one} className="part-line">
            <span>
              {name} <small className="soft">{part ? `${one} · ${part.quantity}` : ''}</small>
            </span>
            <button type="button" className="icon-button" aria-label={t('work.part.less', { name })} disabled={used === 0} onClick={() => change({ [one]: used - 1 })}>
              <Minus size={18} aria-hidden />
            </button>
            <output aria-label={`${name} ${t('work.part.quantity')}`}>{used}</output>
            <button type="button" className="icon-button" aria-label={t('work.part.more', { name })} onClick={() => change({ [one]: used + 1 })}>
              <Plus size={18} aria-hidden />
            </button>
          </div>
        );
      })}
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          const clean = code.trim();
          if (clean === '') return;
          change({ [clean]: (parts[clean] ?? 0) + 1 });
          setCode('');
        }}
      >
        <input className="grow" aria-label={t('work.part.code')} placeholder={t('work.part.code')} value={code} autoCapitalize="characters" onChange={(event) => setCode(event.target.value)} />
        <button type="submit" className="button" disabled={code.trim() === ''}>
          {t('work.part.add')}
        </button>
      </form>
    </>
  );
}
