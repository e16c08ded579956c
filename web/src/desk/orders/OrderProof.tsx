import { Button } from 'antd';
import { FileText } from 'lucide-react';

import { apiBase } from '@/api/transport';
import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { Block } from '@/ui/DetailPage';

import { Shots, shotOf } from '../parts/Photos';
import { useRead, useSay } from '../parts/server';
import type { Order } from '../parts/types';

/** Photos and scans of the work, and the service report to print. */
export function OrderProof({ order }: { order: Order }) {
  const t = useDeskT();
  const say = useSay();
  const lang = useLang();
  const { id } = order;
  const proof = useRead(['order', id, 'proof'], () => answer(api.GET('/orders/{id}/proof', { params: { path: { id } } }))).data;
  const photos = proof?.photos ?? [];
  const scans = proof?.scans ?? [];
  const done = order.state === 'completed' || order.state === 'posted';
  if (photos.length === 0 && scans.length === 0 && !done) return null;
  return (
    <Block
      title={t('order.proof')}
      extra={
        done && (
          <Button size="small" icon={<FileText size={14} aria-hidden />} href={`${apiBase}/orders/${id}/report.pdf?lang=${lang}`} target="_blank">
            {t('order.report')}
          </Button>
        )
      }
    >
      <Shots shots={photos.map((one) => shotOf(one.file_id, say(`order.photo.${one.kind}`)))} />
      {scans.map((one) => (
        <p key={one.at}>
          {t('unit.serial')} {one.serial} · {say(`order.scan.${one.result}`)}
        </p>
      ))}
    </Block>
  );
}
