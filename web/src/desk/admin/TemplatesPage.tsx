import { Button } from 'antd';
import { useEffect, useState } from 'react';

import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { Pill } from '@/kit/StatePill';
import { Block } from '@/ui/DetailPage';

import { Choose, TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, useCatalog, useMe, useNameOf, useRead } from '../parts/server';
import { RecordTrail } from './AuditPage';
import { Do, EditForm, ifMatch, SimpleTable } from './Simple';

type Variant = components['schemas']['NotifyVariantBody'];

/** The texts of messages, of the product, of the firm and of each brand; changes are previewed with examples. */
export function TemplatesPage() {
  const t = useDeskT();
  const nameOf = useNameOf();
  const { data: me } = useMe();
  const brands = useCatalog()?.brands ?? [];
  const [brand, setBrand] = useState('');
  const rows = useRead(['message-templates', brand], async () => (await answer(api.GET('/message-templates', { params: { query: { brand_id: brand || undefined } } }))).items ?? []);
  const channels = useRead(['message-channels'], () => answer(api.GET('/message-channels'))).data;
  return (
    <SimpleTable
      title={t('nav.templates')}
      rows={rows}
      rowKey={(row) => `${row.code}:${row.lang}`}
      name={(row) => `${row.code} ${row.name} · ${t(row.lang === 'en' ? 'set.lang.en' : 'set.lang.zh')}`}
      columns={[
        { title: t('admin.name'), cell: (row) => `${row.code} ${row.name}` },
        { title: t('look.language'), cell: (row) => t(row.lang === 'en' ? 'set.lang.en' : 'set.lang.zh') },
        { title: t('template.class'), cell: (row) => t(`template.class.${row.class as 'service'}`) },
        { title: t('template.text'), long: true, cell: (row) => <span data-own-words>{row.body}</span> },
        { title: t('template.version'), cell: (row) => (row.own ? <Pill tone="info" label={t('template.own', { version: row.version })} /> : <Pill tone="neutral" label={t('template.stock')} />) },
      ]}
      detail={(row, close) => (
        <>
          <TemplateEditor key={`${row.code}:${row.lang}:${brand}`} row={row} brand={brand} onDone={close} />
          {may(me, 'audit.read') && (
            <Block title={t('template.history')}>
              <RecordTrail kind="message_template" id={`${row.code}/${row.lang}/${brand}`} />
            </Block>
          )}
        </>
      )}
    >
      <div className={styles.row}>
        <div className={styles.choose}>
          <Choose label={t('template.of')} none={t('template.firm')} value={brand} options={brands.map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={(next) => setBrand(next ?? '')} />
        </div>
        {channels && !channels.sms && !channels.email && <Pill tone="warn" label={t('template.noChannel')} />}
      </div>
    </SimpleTable>
  );
}

function TemplateEditor({ row, brand, onDone }: { row: Variant; brand: string; onDone: () => void }) {
  const t = useDeskT();
  const path = { code: row.code, lang: row.lang as 'zh-CN' };
  const own = row.own && (row.brand_id ?? '') === brand;
  return (
    <>
      <EditForm
        narrow
        initial={{ subject: row.subject, body: row.body }}
        ready={(value) => value.body.trim() !== ''}
        stale={['message-templates', 'audit']}
        send={(value) => answer(api.PUT('/message-templates/{code}/{lang}', { params: { path, header: ifMatch(own ? row.version : 0) }, body: { ...value, ...(brand ? { brand_id: brand } : {}) } }))}
        onDone={onDone}
        fields={(value, put) => (
          <>
            <TextField label={t('template.subject')} value={value.subject} onChange={(subject) => put({ subject })} />
            <TextField area label={t('template.body')} value={value.body} onChange={(body) => put({ body })} />
            <div className={styles.row} role="group" aria-label={t('template.params')}>
              <span className={styles.soft}>{t('template.params')}</span>
              {(row.params ?? []).map((name) => (
                <Button key={name} size="small" translate="no" onClick={() => put({ body: `${value.body}{${name}}` })}>
                  {`{${name}}`}
                </Button>
              ))}
            </div>
            <Preview code={row.code} lang={row.lang} text={value} />
          </>
        )}
      />
      {own && (
        <div className={styles.foot}>
          <Do label={t('template.revert')} danger stale={['message-templates', 'audit']} onDone={onDone} act={() => answer(api.DELETE('/message-templates/{code}/{lang}', { params: { path, query: { brand_id: brand || undefined } } }))} />
        </div>
      )}
    </>
  );
}

/** The message as the customer gets it, a moment after the last key. */
function Preview({ code, lang, text }: { code: string; lang: string; text: { subject: string; body: string } }) {
  const t = useDeskT();
  const [shown, setShown] = useState<components['schemas']['PreviewOutBody']>();
  const [error, setError] = useState<ApiError>();
  const { subject, body } = text;
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      answer(api.POST('/message-templates/{code}/{lang}/preview', { params: { path: { code, lang: lang as 'zh-CN' } }, body: { subject, body }, signal: stop.signal })).then(
        (found) => {
          setShown(found);
          setError(undefined);
        },
        (thrown: unknown) => {
          const failure = asApiError(thrown);
          if (failure.kind !== 'stopped') setError(failure);
        },
      );
    }, 300);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [code, lang, subject, body]);
  return (
    <section aria-label={t('template.preview')} aria-live="polite">
      <p className={styles.spread}>
        <b>{t('template.preview')}</b>
        {shown && <small className={styles.soft}>{t('template.segments', { count: shown.segments })}</small>}
      </p>
      {error && <ErrorView inline error={error} />}
      {shown && !error && (
        <div className={styles.phonePreview} data-own-words>
          {shown.subject && <b>{shown.subject}</b>}
          {'\n'}
          {shown.body}
        </div>
      )}
    </section>
  );
}
