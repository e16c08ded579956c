import { Button, Upload } from 'antd';
import { useState } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';

import styles from '../parts/parts.module.css';
import { upload } from './upload';

/** The bill of a freight: a photo that is handed in at once; its id is the value. */
export function Bill({ value, onChange }: { value: unknown; onChange: (id: string) => void }) {
  const t = useDeskT();
  const [error, fail] = useState<ApiError>();
  const send = async (file: File) => {
    fail(undefined);
    try {
      onChange(await upload(file));
    } catch (thrown) {
      fail(asApiError(thrown));
    }
  };
  return (
    <div className={styles.field}>
      <Upload
        accept="image/*"
        showUploadList={false}
        beforeUpload={(file) => {
          void send(file);
          return false;
        }}
      >
        <Button size="small">{t('return.freight.bill')}</Button>
      </Upload>
      <small>{typeof value === 'string' ? t('return.freight.bill.in') : t('return.freight.bill.none')}</small>
      {error && <ErrorView inline error={error} />}
    </div>
  );
}
