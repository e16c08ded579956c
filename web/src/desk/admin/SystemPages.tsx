import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';

import { TextField } from '../parts/Inputs';
import { useRead } from '../parts/server';
import { CreateForm, SimpleTable } from './Simple';

/** Where events are sent outside; a new secret is shown once. */
export function WebhooksPage() {
  const t = useDeskT();
  const rows = useRead(['webhooks'], async () => (await answer(api.GET('/webhooks'))).items ?? []);
  return (
    <SimpleTable
      title={t('nav.webhooks')}
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        { title: t('admin.name'), cell: (row) => row.name },
        { title: 'URL', long: true, cell: (row) => row.url },
        { title: t('case.state'), cell: (row) => t(`webhook.${row.state}`) },
        { title: t('case.created'), cell: (row) => <RelativeTime at={row.created_at} /> },
      ]}
    >
      <CreateForm
        label={t('admin.newWebhook')}
        stale="webhooks"
        empty={{ name: '', url: '' }}
        ready={(value) => value.name !== '' && value.url.startsWith('https://')}
        send={async (value) => t('admin.secret', { secret: (await answer(api.POST('/webhooks', { body: { ...value, outlet_path: '/' } }))).secret })}
        fields={(value, put) => (
          <>
            <TextField label={t('admin.name')} value={value.name} onChange={(name) => put({ name })} />
            <TextField label={t('admin.url')} value={value.url} onChange={(url) => put({ url })} />
          </>
        )}
      />
    </SimpleTable>
  );
}

/** Events that a part of the program failed to take; each can be tried again. */
export function DeadPage() {
  const t = useDeskT();
  const queries = useQueryClient();
  const rows = useRead(['dead'], async () => (await answer(api.GET('/events/dead'))) ?? []);
  const replay = async (subscriber: string, seq: number) => {
    await answer(api.POST('/events/dead/{subscriber}/{seq}/replay', { params: { path: { subscriber, seq } } }));
    await queries.invalidateQueries({ queryKey: ['dead'] });
  };
  return (
    <SimpleTable
      title={t('nav.dead')}
      rows={rows}
      rowKey={(row) => `${row.subscriber}:${row.seq}`}
      columns={[
        { title: t('dead.subscriber'), cell: (row) => row.subscriber },
        { title: t('dead.topic'), cell: (row) => row.topic },
        { title: t('dead.error'), long: true, cell: (row) => row.error },
        { title: t('dead.attempts'), cell: (row) => row.attempts },
        { title: t('dead.at'), cell: (row) => <RelativeTime at={row.dead_at} /> },
        { title: t('word.retry'), cell: (row) => <Button size="small" onClick={() => void replay(row.subscriber, row.seq)}>{t('word.retry')}</Button> },
      ]}
    />
  );
}
