import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { createQueries } from '@/api/query';
import { startWords } from '@/i18n/setup';
import { deskEn, deskZh } from '@/i18n/words/desk';
import '@/theme/base.css';
import { Sheet } from '@/ui/Sheet';

import { createDeskRouter } from './router';

startWords({ 'zh-CN': deskZh, en: deskEn }, 'desk.title');

const queries = createQueries();
const router = createDeskRouter();
const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Sheet>
        <RouterProvider router={router} />
      </Sheet>
    </QueryClientProvider>
  </StrictMode>,
);
