import { Button } from 'antd';
import { Upload } from 'lucide-react';
import { useRef } from 'react';

import { useDeskT } from '@/i18n/desk';

import { Choose } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import type { ImportMapping, ImportPreview } from '../parts/types';

/** How the file is laid out: sheet, encoding, delimiter, row of the header. */
export type Layout = NonNullable<ImportMapping['layout']>;

const encodings = ['utf-8', 'gb18030', 'big5', 'shift_jis', 'euc-kr', 'windows-1252', 'utf-16le', 'utf-16be'] as const satisfies readonly Layout['encoding'][];

/** Takes the file. */
export function FileChoice({ name, busy, onTake }: { name: string | undefined; busy: boolean; onTake: (file: File) => void }) {
  const t = useDeskT();
  const input = useRef<HTMLInputElement>(null);
  return (
    <p className={styles.row}>
      <input
        ref={input}
        hidden
        type="file"
        accept=".csv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        aria-label={t('import.file')}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onTake(file);
          // The same file may be chosen again after it was corrected.
          event.target.value = '';
        }}
      />
      <Button icon={<Upload size={14} aria-hidden />} loading={busy} onClick={() => input.current?.click()}>
        {t('import.choose')}
      </Button>
      <span role="status" className={styles.soft}>
        {busy ? t('import.reading') : (name ?? t('import.file'))}
      </span>
    </p>
  );
}

interface ReadingProps {
  /** Absent where the file could not be read as it was said to be written. */
  preview: ImportPreview | undefined;
  layout: Layout | undefined;
  onChoose: (layout: Layout) => void;
}

/** How the file is read: which sheet of a workbook, which encoding of a text. */
export function Reading({ preview, layout, onChoose }: ReadingProps) {
  const t = useDeskT();
  const sheets = preview?.sheets ?? [];
  return (
    <>
      {sheets.length > 1 && (
        <Choose
          label={t('import.sheet')}
          value={preview?.sheet}
          options={sheets.map((one) => ({ value: one, label: one }))}
          onChange={(sheet) => {
            if (sheet) onChoose({ sheet });
          }}
        />
      )}
      {preview?.format !== 'xlsx' && (
        <>
          <Choose
            label={t('import.encoding')}
            value={preview?.encoding ?? layout?.encoding}
            options={encodings.map((value) => ({ value, label: t(`import.encoding.${value}`) }))}
            onChange={(next) => {
              const encoding = encodings.find((one) => one === next);
              if (encoding) onChoose({ encoding });
            }}
          />
          <p className={styles.soft}>{t('import.encodingHelp')}</p>
        </>
      )}
    </>
  );
}
