import { useTranslation } from 'react-i18next';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { Pill } from '@/kit/StatePill';

import { Choose, ChooseMany, TextField, YesNo } from '../parts/Inputs';
import { useNameOf, useSay } from '../parts/server';
import { useWholeCatalog } from './choices';
import { CreateForm, EditForm, ifMatch, SimpleTable } from './Simple';

/** Reasons of acts, and who is answerable for each. */
export function ReasonsPage() {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const { i18n } = useTranslation();
  const whole = useWholeCatalog();
  const rows = { data: whole.data ? (whole.data.reasons ?? []) : undefined, error: whole.error, refetch: whole.refetch };
  const kinds = [...new Set((rows.data ?? []).flatMap((one) => one.kinds ?? []))].sort();
  const kindWord = (kind: string) => {
    const [record = '', act = ''] = kind.split('.');
    const own = record === 'recall' ? 'campaign' : record; // whose acts they are
    const word = say(`${own}.act.${act}`, say(`${own}s.act.${act}`, i18n.exists(`audit.act.${act}`) ? t(`audit.act.${act}` as 'audit.act.edit') : act));
    return t('reason.on', { record: i18n.exists(`audit.kind.${record}`) ? t(`audit.kind.${record}` as 'audit.kind.case') : record, act: word });
  };
  const responsibilities = (whole.data?.responsibilities ?? []).map((one) => ({ value: one, label: say(`catalog.responsibility.${one}`) }));
  return (
    <SimpleTable
      title={t('nav.reasons')}
      rows={rows}
      rowKey={(row) => row.code}
      name={(row) => nameOf(row)}
      columns={[
        { title: t('admin.name'), cell: (row) => nameOf(row) },
        { title: t('reason.acts'), long: true, cell: (row) => (row.kinds ?? []).map(kindWord).join(' · ') },
        { title: t('reason.responsibility'), cell: (row) => say(`catalog.responsibility.${row.responsibility}`) },
        { title: t('reason.note'), cell: (row) => t(row.note_required ? 'word.yes' : 'word.no') },
        { title: t('label.use'), cell: (row) => <Pill tone={row.active ? 'good' : 'neutral'} label={t(row.active ? 'set.inUse' : 'set.retired')} /> },
      ]}
      detail={(row, close) => (
        <EditForm
          key={row.code}
          narrow
          initial={{ name_zh: row.name_zh, name_en: row.name_en, kinds: row.kinds ?? [], responsibility: row.responsibility, note_required: row.note_required, active: row.active }}
          stale={['catalog']}
          onDone={close}
          send={(value) => answer(api.PATCH('/reasons/{code}', { params: { path: { code: row.code }, header: ifMatch(row.version) }, body: value }))}
          fields={(value, put) => (
            <>
              <TextField label={t('admin.nameZh')} value={value.name_zh} onChange={(name_zh) => put({ name_zh })} />
              <TextField label={t('admin.nameEn')} value={value.name_en} onChange={(name_en) => put({ name_en })} />
              <ChooseMany label={t('reason.acts')} value={value.kinds} options={kinds.map((one) => ({ value: one, label: kindWord(one) }))} onChange={(next) => put({ kinds: next })} />
              <Choose label={t('reason.responsibility')} value={value.responsibility} options={responsibilities} onChange={(next) => put({ responsibility: next ?? value.responsibility })} />
              <YesNo label={t('reason.note')} value={value.note_required} onChange={(note_required) => put({ note_required })} />
              <YesNo label={t('set.inUse')} value={value.active} onChange={(active) => put({ active })} />
            </>
          )}
        />
      )}
    >
      <CreateForm
        label={t('reason.new')}
        stale="catalog"
        empty={{ code: '', name_zh: '', name_en: '', kinds: [] as string[], responsibility: 'customer', active: true }}
        ready={(value) => value.code.trim() !== '' && value.name_zh.trim() !== '' && value.kinds.length > 0}
        send={async (value) => {
          await answer(api.POST('/reasons', { body: value }));
          return undefined;
        }}
        fields={(value, put) => (
          <>
            <TextField label={t('admin.codeLower')} value={value.code} onChange={(code) => put({ code })} />
            <TextField label={t('admin.nameZh')} value={value.name_zh} onChange={(name_zh) => put({ name_zh })} />
            <TextField label={t('admin.nameEn')} value={value.name_en} onChange={(name_en) => put({ name_en })} />
            <ChooseMany label={t('reason.acts')} value={value.kinds} options={kinds.map((one) => ({ value: one, label: kindWord(one) }))} onChange={(next) => put({ kinds: next })} />
            <Choose label={t('reason.responsibility')} value={value.responsibility} options={responsibilities} onChange={(next) => put({ responsibility: next ?? 'customer' })} />
          </>
        )}
      />
    </SimpleTable>
  );
}
