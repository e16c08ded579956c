import { Button } from 'antd';
import { RotateCcw } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';

import parts from '../parts/parts.module.css';
import styles from './questions.module.css';
import type { Place, Question, Spoken } from './sets';

interface Chosen {
  danger?: string;
  safe?: string;
  symptom?: string;
}

/** The answers that a link of the report page stands for; undefined where it leads elsewhere. */
function chosenBy(href: string): Chosen | undefined {
  const url = new URL(href, window.location.origin);
  if (url.pathname !== '/report' || url.searchParams.has('service_type') || !url.searchParams.has('asked')) return undefined;
  const named = ['danger', 'safe', 'symptom'].map((key) => [key, url.searchParams.get(key) ?? ''] as const).filter(([, value]) => value !== '');
  return Object.fromEntries(named);
}

/** What the page's own script does: questions come and go with what they hang on, dangers say what to do. */
function follow(page: Document) {
  const asks = [...page.querySelectorAll<HTMLElement>('.ask')];
  for (const one of asks) {
    const on = one.dataset['if'];
    if (on) {
      const wanted = (one.dataset['is'] ?? '').split(' ');
      one.hidden = !asks.some((other) => !other.hidden && [...other.querySelectorAll<HTMLInputElement>('input:checked')].some((input) => input.name === on && wanted.includes(input.value)));
      one.querySelector('.only')?.setAttribute('hidden', '');
    }
    for (const box of one.querySelectorAll<HTMLElement>('[data-do]')) box.hidden = one.querySelector(`input[data-danger="${box.dataset['do'] ?? ''}"]:checked`) === null;
  }
}

/** The report page as a customer sees it, in a phone: its links and answers work, nothing is sent. */
export function Preview({ place, questions, spoken }: { place: Place; questions: readonly Question[]; spoken: Spoken }) {
  const t = useDeskT();
  const frame = useRef<HTMLIFrameElement>(null);
  const [chosen, setChosen] = useState<Chosen>({});
  const [html, setHtml] = useState('');
  const [wrong, setWrong] = useState(false);
  const body = JSON.stringify({ ...(place.brand ? { brand_id: place.brand } : {}), ...(place.model ? { model_id: place.model } : {}), category: place.category, questions, lang: spoken.lang, ...chosen });
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      answer(api.POST('/console/question-preview', { body: JSON.parse(body) as never, signal: stop.signal })).then(
        (found) => {
          setHtml(found.html);
          setWrong(false);
        },
        () => {
          if (!stop.signal.aborted) setWrong(true);
        },
      );
    }, 300);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [body]);
  const loaded = () => {
    const page = frame.current?.contentDocument;
    if (!page) return;
    follow(page);
    page.addEventListener('change', () => follow(page));
    page.addEventListener('click', (event) => {
      const link = (event.target as Element | null)?.closest('a');
      if (!link) return;
      event.preventDefault();
      const next = chosenBy(link.getAttribute('href') ?? '');
      if (next) setChosen(next);
    });
  };
  return (
    <section className={styles.preview} aria-label={t('questions.preview')}>
      <div className={parts.spread}>
        <h2>{t('questions.preview')}</h2>
        <Button size="small" icon={<RotateCcw size={14} aria-hidden />} onClick={() => setChosen({})}>
          {t('questions.again')}
        </Button>
      </div>
      <p className={parts.soft} role="status">
        {t(wrong ? 'questions.preview.wrong' : 'questions.preview.about')}
      </p>
      <div className={styles.phone} data-stale={wrong || undefined}>
        <iframe ref={frame} title={t('questions.preview')} sandbox="allow-same-origin" srcDoc={html} onLoad={loaded} />
      </div>
    </section>
  );
}
