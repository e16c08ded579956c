import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';

import { parseSearch, stringifySearch } from '@/ui/list/listState';

import { CrashPage, LostPage } from './FallbackPages';

const root = createRootRoute({ component: Outlet, notFoundComponent: LostPage, errorComponent: CrashPage });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    redirect({ to: '/_ui/$section', params: { section: 'pieces' }, throw: true });
  },
});

const style = createRoute({
  getParentRoute: () => root,
  path: '/_ui',
  component: lazyRouteComponent(() => import('./style/StyleShell'), 'StyleShell'),
});

const styleHome = createRoute({
  getParentRoute: () => style,
  path: '/',
  beforeLoad: () => {
    redirect({ to: '/_ui/$section', params: { section: 'pieces' }, throw: true });
  },
});

const styleSection = createRoute({
  getParentRoute: () => style,
  path: '$section',
  component: lazyRouteComponent(() => import('./style/StylePage'), 'StylePage'),
});

const tree = root.addChildren([home, style.addChildren([styleHome, styleSection])]);

/** The desk's router: every screen is a chunk of its own, the URL holds each screen's state as plain text. */
export function createDeskRouter() {
  return createRouter({
    routeTree: tree,
    basepath: '/desk',
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPendingMs: 100,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createDeskRouter>;
  }
}
