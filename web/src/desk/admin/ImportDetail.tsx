import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Button } from 'antd';
import { Download } from 'lucide-react';
import { useEffect, useState } from 'react';

import { answer, api } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { RelativeTime } from '@/kit/RelativeTime';
import { saveAs } from '@/lib/download';
import { ActBar } from '@/ui/ActBar';
import type { Act, ActInput } from '@/ui/actTypes';
import { Block, DetailPage, Facts } from '@/ui/DetailPage';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { useActor } from '../parts/moments';
import styles from '../parts/parts.module.css';
import { ScrollBox } from '../parts/ScrollBox';
import { sentence } from '../parts/sentence';
import { toPage, useSay } from '../parts/server';
import type { ImportRun, ImportTarget } from '../parts/types';
import { ImportProgress, ImportState, isLive, useTargets } from './importRun';

/** One import: how far it is, what it wrote, which rows it refused and why. */
export function ImportDetail({ id }: { id: string }) {
  const t = useDeskT();
  const say = useSay();
  const actor = useActor();
  const router = useRouter();
  const queries = useQueryClient();
  const targets = useTargets().data ?? [];
  const read = useQuery({
    queryKey: ['import', id],
    queryFn: ({ signal }) => answer(api.GET('/imports/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isLive(state.data) ? 1000 : false),
  });
  const state = read.data?.state;
  // The list beside it and the errors below follow each step of the run.
  useEffect(() => {
    if (state !== undefined) void Promise.all([['imports'], ['import-errors', id]].map((queryKey) => queries.invalidateQueries({ queryKey })));
  }, [state, id, queries]);
  if (read.error && !read.data) return <ErrorView error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return <SkeletonRows />;
  const run = read.data;
  const target = targets.find((one) => one.name === run.target);

  async function onAct({ key }: Act, { operationId }: ActInput) {
    const params = { path: { id } };
    if (key === 'cancel') await answer(api.POST('/imports/{id}/cancel', { params }));
    else if (key === 'resume') await answer(api.POST('/imports/{id}/resume', { params }));
    else if (key === 'undo') await answer(api.POST('/imports/{id}/undo', { params }));
    else {
      const origin = run.origin === 'live' ? 'live' : 'history';
      const made = await answer(api.POST('/imports', { body: { target: run.target, file_id: run.file_id, mapping: run.mapping, origin }, headers: { 'Idempotency-Key': operationId } }));
      router.history.push(`/desk/admin/imports?sel=${made.id}`);
    }
    await queries.invalidateQueries({ queryKey: ['import', id] });
    await queries.invalidateQueries({ queryKey: ['imports'] });
  }

  const facts: [string, React.ReactNode][] = [
    [t('import.progress'), <ImportProgress key="progress" run={run} />],
    [t('import.made'), run.made],
    [t('import.changed'), run.changed],
    [t('import.same'), run.same],
    [t('import.failed'), run.failed],
  ];
  if (run.undone || run.kept) facts.push([t('import.undone'), run.undone ?? 0], [t('import.kept'), run.kept ?? 0]);
  facts.push([t('import.origin'), t(run.origin === 'live' ? 'import.origin.live' : run.origin === 'replay' ? 'import.origin.replay' : 'import.origin.history')]);
  facts.push([t('import.by'), actor(`user:${run.created_by}`)], [t('import.at'), <RelativeTime key="at" at={run.created_at} />]);
  if (run.ended_at) facts.push([t('import.ended'), <RelativeTime key="ended" at={run.ended_at} />]);
  return (
    <DetailPage number={t(run.dry_run ? 'import.dry' : 'import.real')} title={target?.label ?? run.target} badges={<ImportState run={run} />} acts={<ActBar acts={actsOf(run, target, t)} onAct={onAct} />}>
      {run.error && <p role="alert">{sentence(say, `problem.${run.error}`, run.error_params)}</p>}
      <Block title={t('import.result')}>
        <div className={styles.form}>
          <Facts facts={facts} />
          {run.dry_run && <p className={styles.soft}>{t('import.dryNote')}</p>}
        </div>
      </Block>
      <RowErrors key={run.id} run={run} target={target} phase="run" />
      {(run.kept ?? 0) > 0 && <RowErrors key={`${run.id}:undo`} run={run} target={target} phase="undo" />}
    </DetailPage>
  );
}

function actsOf(run: ImportRun, target: ImportTarget | undefined, t: ReturnType<typeof useDeskT>): Act[] {
  const acts: Act[] = [];
  if (isLive(run)) acts.push({ key: 'cancel', label: t('import.cancel'), note: 'none', consequence: t('import.cancelHelp') });
  if (run.state === 'failed' || run.state === 'cancelled') acts.push({ key: 'resume', label: t('import.resume'), note: 'none', consequence: t('import.resumeHelp') });
  if (run.dry_run && run.state === 'done') acts.push({ key: 'start', label: t('import.startSame'), note: 'none', consequence: t('import.startHelp') });
  const ended = run.state === 'done' || run.state === 'failed' || run.state === 'cancelled';
  if (ended && !run.dry_run && run.origin === 'history' && target?.can_undo) {
    acts.push({ key: 'undo', label: t('import.undo'), danger: true, note: 'none', consequence: t('import.undoHelp') });
  }
  return acts;
}

function RowErrors({ run, target, phase }: { run: ImportRun; target: ImportTarget | undefined; phase: 'run' | 'undo' }) {
  const t = useDeskT();
  const say = useSay();
  const path = { id: run.id };
  const [failed, setFailed] = useState<ApiError>();
  const list = useCursorList(['import-errors', run.id, phase], async (cursor, signal) => toPage(await answer(api.GET('/imports/{id}/errors', { params: { path, query: { phase, cursor } }, signal }))));

  async function download() {
    setFailed(undefined);
    try {
      saveAs(await answer(api.GET('/imports/{id}/errors.csv', { params: { path, query: { phase } }, parseAs: 'blob' })), 'import-errors.csv');
    } catch (thrown) {
      setFailed(asApiError(thrown));
    }
  }

  const field = (name: string | undefined) => target?.fields?.find((one) => one.name === name)?.label ?? name;
  const error = failed ?? list.error;
  return (
    <Block
      title={t(phase === 'run' ? 'import.errors' : 'import.undoErrors')}
      extra={
        list.items.length > 0 && (
          <Button size="small" icon={<Download size={14} aria-hidden />} onClick={() => void download()}>
            {t('import.errorsDownload')}
          </Button>
        )
      }
    >
      {error && <ErrorView inline error={error} retry={list.reload} />}
      {list.items.length === 0 && !list.loading && <p className={styles.soft}>{t('import.noErrors')}</p>}
      {list.items.length > 0 && (
        <ScrollBox label={t('import.field')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('import.row')}</th>
                <th scope="col">{t('import.field')}</th>
                <th scope="col">{t('import.why')}</th>
              </tr>
            </thead>
            <tbody>
              {list.items.map((row, index) => (
                <tr key={`${row.row}:${index}`}>
                  <td data-title={t('import.row')}>{row.row}</td>
                  <td data-title={t('import.field')}>{field(row.field) ?? row.column}</td>
                  <td data-title={t('import.why')}>{sentence(say, `problem.${row.code}`, row.params)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
      {list.hasMore && (
        <Button size="small" loading={list.loadingMore} onClick={list.more}>
          {t('list.more')}
        </Button>
      )}
    </Block>
  );
}
