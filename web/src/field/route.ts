import { createStore, useStore } from '@/lib/store';

/** Where the app is. Every address lies below /field/, so that the service worker keeps it. */
export type Route = { page: 'visits'; day: 'today' | 'tomorrow' } | { page: 'visit'; id: string } | { page: 'outbox' } | { page: 'me' } | { page: 'signIn' };

const base = '/field';

/** The route of an address; an unknown one is the list. */
export function routeOf(path: string): Route {
  const [first, second] = path.slice(base.length).split('/').filter(Boolean);
  if (first === 'visits' && second === 'tomorrow') return { page: 'visits', day: 'tomorrow' };
  if (first === 'visits' && second) return { page: 'visit', id: decodeURIComponent(second) };
  if (first === 'outbox' || first === 'me') return { page: first };
  if (first === 'sign-in') return { page: 'signIn' };
  return { page: 'visits', day: 'today' };
}

/** The address of a route. */
export function pathOf(route: Route): string {
  switch (route.page) {
    case 'visits':
      return `${base}/visits${route.day === 'tomorrow' ? '/tomorrow' : ''}`;
    case 'visit':
      return `${base}/visits/${encodeURIComponent(route.id)}`;
    case 'signIn':
      return `${base}/sign-in`;
    default:
      return `${base}/${route.page}`;
  }
}

const path = createStore(typeof location === 'undefined' ? base : location.pathname);

/**
 * Follows the address; called once, before the app is drawn. Tells whether the page may go on: a page
 * that was opened at /field lies outside the service worker's scope and is opened again inside it.
 */
export function startRouting(): boolean {
  if (!location.pathname.startsWith(`${base}/`)) {
    location.replace(pathOf({ page: 'visits', day: 'today' }));
    return false;
  }
  if (location.pathname === `${base}/`) history.replaceState(null, '', pathOf({ page: 'visits', day: 'today' }));
  path.set(location.pathname);
  window.addEventListener('popstate', () => path.set(location.pathname));
  return true;
}

/** Goes somewhere. */
export function go(route: Route): void {
  const to = pathOf(route);
  if (to === location.pathname) return;
  history.pushState(null, '', to);
  path.set(to);
  window.scrollTo(0, 0);
}

/** The route in force. */
export function useRoute(): Route {
  return routeOf(useStore(path));
}
