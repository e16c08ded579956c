import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { signedOut } from '@/api/transport';
import { startWords } from '@/i18n/setup';
import { fieldEn, fieldZh } from '@/i18n/words/field';
import '@/theme/base.css';

import { App } from './App';
import './field.css';
import { start } from './engine';
import { startRouting } from './route';
import { sessionEnded, startSession } from './session';
import { startUpdates } from './update';

function open(): void {
  startWords({ 'zh-CN': fieldZh, en: fieldEn }, 'field.title');
  const root = document.getElementById('root');
  if (!root) throw new Error('the page has no #root');
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  void start().then(startSession);
  signedOut.subscribe(() => void sessionEnded());
  void startUpdates().catch(() => undefined); // no worker: the app works with its network
}

if (startRouting()) open();
