import { Link } from '@tanstack/react-router';
import { Circle, CircleCheck } from 'lucide-react';

import { answer, api } from '@/api/client';
import { useDeskT, type DeskKey } from '@/i18n/desk';
import { Block } from '@/ui/DetailPage';

import styles from '../parts/parts.module.css';
import { useCatalog, useRead } from '../parts/server';

import own from './home.module.css';

interface Step {
  key: DeskKey;
  about: DeskKey;
  to: string;
  done: boolean;
}

/** What a new installation needs before its first visit, in order; nothing once all of it is there. */
export function FirstSteps() {
  const t = useDeskT();
  const catalog = useCatalog();
  const { data } = useRead(['home', 'steps'], async () => {
    const one = { params: { query: { limit: 1 } } };
    const [outlets, staff, users, cases] = await Promise.all([
      answer(api.GET('/outlets', one)),
      answer(api.GET('/staff', one)),
      answer(api.GET('/users', { params: { query: { limit: 2 } } })), // one of them is who reads this
      answer(api.GET('/cases', { params: { query: { limit: 1, queue: 'recent' } } })),
    ]);
    return { outlets: some(outlets), staff: some(staff), users: (users.items ?? []).length > 1, cases: some(cases) };
  });
  if (!catalog || !data) return null;
  const steps: readonly Step[] = [
    { key: 'steps.brand', about: 'steps.brand.about', to: '/admin/products', done: (catalog.brands ?? []).some((one) => one.active) },
    { key: 'steps.outlet', about: 'steps.outlet.about', to: '/admin/outlets', done: data.outlets },
    { key: 'steps.staff', about: 'steps.staff.about', to: '/admin/staff', done: data.staff },
    { key: 'steps.users', about: 'steps.users.about', to: '/admin/users', done: data.users },
    { key: 'steps.case', about: 'steps.case.about', to: '/cases/new', done: data.cases },
  ];
  if (steps.every((one) => one.done)) return null;
  return (
    <Block title={t('steps.title')}>
      <ol className={styles.lines}>
        {steps.map((step) => (
          <li key={step.key}>
            {step.done ? <CircleCheck size={18} className={own.done} role="img" aria-label={t('steps.done')} /> : <Circle size={18} aria-hidden />}
            <Link to={step.to}>{t(step.key)}</Link>
            <span className={styles.soft}>{t(step.about)}</span>
          </li>
        ))}
      </ol>
    </Block>
  );
}

function some(page: { items: unknown[] | null }): boolean {
  return (page.items ?? []).length > 0;
}
