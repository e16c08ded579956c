import { App } from 'antd';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import type { Tone } from '@/theme/tokens';

import { Do } from '../admin/Simple';
import { useActor } from '../parts/moments';
import parts from '../parts/parts.module.css';
import { useSay } from '../parts/server';
import type { Question, QuestionSet } from './sets';

const tones: Partial<Record<QuestionSet['state'], Tone>> = { published: 'good' };

/** What was asked here before: any of it can be taken up again, the product's too. */
export function Editions({ editions, product, onTake }: { editions: readonly QuestionSet[]; product: readonly Question[]; onTake: (list: readonly Question[]) => void }) {
  const t = useDeskT();
  const say = useSay();
  const actor = useActor();
  const { message } = App.useApp();
  const take = (list: readonly Question[]) => {
    onTake(list);
    void message.info(t('questions.taken'));
  };
  return (
    <div className={parts.stack}>
      {editions.map((one) => (
        <div key={one.id} className={`${parts.spread} ${parts.wraps}`}>
          <span className={parts.row}>
            <b>{t('questions.edition', { edition: one.edition })}</b>
            <Pill tone={tones[one.state] ?? 'neutral'} label={say(`knowledge.state.${one.state}`)} />
            <span className={parts.soft}>{t('questions.count', { count: one.count })}</span>
            {one.decided_at && (
              <span className={parts.soft}>
                <RelativeTime at={one.decided_at} /> · <span data-own-words>{actor(one.decided_by ?? '')}</span>
              </span>
            )}
          </span>
          <Do label={t('questions.take')} stale={[]} act={async () => take((await answer(api.GET('/question-sets/{id}', { params: { path: { id: one.id ?? '' } } }))).questions ?? [])} />
        </div>
      ))}
      <div className={`${parts.spread} ${parts.wraps}`}>
        <span className={parts.row}>
          <b>{t('questions.ofProduct')}</b>
          <span className={parts.soft}>{t('questions.count', { count: product.length })}</span>
        </span>
        <Do
          label={t('questions.take')}
          stale={[]}
          act={() => {
            take(product);
            return Promise.resolve();
          }}
        />
      </div>
    </div>
  );
}
