import { ApiError } from '@/api/problem';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { EmptyList, SkeletonRows } from '@/ui/list/Placeholders';

import { Sample } from './PieceSamples';
import { samples } from './samples';
import styles from './style.module.css';

const noop = () => undefined;

const failure = (status: number, words = '') => new ApiError({ kind: status === 0 ? 'network' : 'problem', status, code: `http.${status}`, words, requestId: status === 0 ? '' : '0199f3c2-7d11-7aa0-b1f2' });

/** What people see when something fails, is empty or is on its way. */
export function FailureSamples() {
  const lang = useLang();
  const chinese = lang !== 'en';
  const s = samples(lang);
  const refused = new ApiError({
    kind: 'problem',
    status: 422,
    code: 'invalid',
    words: chinese ? '输入有误' : 'The input is not right',
    fields: [{ path: 'window.start', code: 'bad_time', words: chinese ? '时间已经过去' : 'lies in the past' }],
    requestId: '0199f3c2-7d11-7aa0-b1f2',
  });
  return (
    <div className={styles.page}>
      <h1>{s.nav.failures}</h1>
      <div className={styles.grid}>
        <Sample title="ErrorView network"><ErrorView error={failure(0)} retry={noop} safe="kept" /></Sample>
        <Sample title="ErrorView server"><ErrorView error={failure(500)} retry={noop} /></Sample>
        <Sample title="ErrorView forbidden"><ErrorView error={failure(403)} /></Sample>
        <Sample title="ErrorView missing"><ErrorView error={failure(404)} /></Sample>
        <Sample title="ErrorView conflict"><ErrorView error={failure(412)} retry={noop} safe="kept" /></Sample>
        <Sample title="ErrorView session"><ErrorView error={failure(401)} /></Sample>
        <Sample title="ErrorView inline"><ErrorView inline error={refused} safe="kept" /></Sample>
        <Sample title="EmptyList"><EmptyList filtered onClear={noop} hint={null} /></Sample>
        <Sample title="SkeletonRows"><SkeletonRows /></Sample>
      </div>
    </div>
  );
}
