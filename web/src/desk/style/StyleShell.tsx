import { Outlet, useRouter } from '@tanstack/react-router';
import { Badge, Button } from 'antd';
import { LayoutList, ListChecks, NotebookPen, PanelsTopLeft, Shapes, TriangleAlert } from 'lucide-react';
import { useState } from 'react';

import { useLang } from '@/i18n/setup';
import { ProgressDrawer } from '@/ui/ProgressDrawer';
import { AppShell } from '@/ui/shell/AppShell';
import type { Command, NavGroup } from '@/ui/shell/types';

import { samples } from './samples';

/** The style page stands in the real shell, with its sections in the rail. */
export function StyleShell() {
  const lang = useLang();
  const s = samples(lang);
  const router = useRouter();
  const [jobs, setJobs] = useState(false);
  const groups: NavGroup[] = [
    {
      key: 'ui',
      label: s.nav.group,
      items: [
        { key: 'pieces', label: s.nav.pieces, icon: Shapes, to: '/_ui/pieces' },
        { key: 'list', label: s.nav.list, icon: LayoutList, to: '/_ui/list', count: 128 },
        { key: 'detail', label: s.nav.detail, icon: PanelsTopLeft, to: '/_ui/detail' },
        { key: 'forms', label: s.nav.forms, icon: NotebookPen, to: '/_ui/forms' },
        { key: 'failures', label: s.nav.failures, icon: TriangleAlert, to: '/_ui/failures', count: 3 },
      ],
    },
  ];
  const commands: Command[] = [{ key: 'jobs', label: s.nav.jobs, section: s.nav.commands, icon: ListChecks, words: 'jobs progress', run: () => setJobs(true) }];
  return (
    <AppShell
      groups={groups}
      user={s.user}
      commands={commands}
      go={(to) => router.history.push(`/desk${to}`)}
      find={(text) => Promise.resolve(s.find(text))}
      onSignOut={() => router.history.push('/desk')}
      tools={
        <Badge dot offset={[-6, 6]}>
          <Button type="text" icon={<ListChecks size={18} aria-hidden />} aria-label={s.nav.jobs} title={s.nav.jobs} onClick={() => setJobs(true)} />
        </Badge>
      }
    >
      <Outlet />
      <ProgressDrawer open={jobs} onClose={() => setJobs(false)} jobs={s.jobs} onCancel={() => setJobs(false)} onRetry={() => setJobs(false)} />
    </AppShell>
  );
}
