import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';

import { parseSearch, stringifySearch } from '@/ui/list/listState';

import { DeskShell } from './DeskShell';
import { CrashPage, LostPage } from './FallbackPages';

const root = createRootRoute({ component: Outlet, notFoundComponent: LostPage, errorComponent: CrashPage });

const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: lazyRouteComponent(() => import('./SignInPage'), 'SignInPage') });

const desk = createRoute({ getParentRoute: () => root, id: 'desk', component: DeskShell });

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    redirect({ to: '/home', throw: true });
  },
});

const screens = [
  createRoute({ getParentRoute: () => desk, path: '/home', component: lazyRouteComponent(() => import('./HomePage'), 'HomePage') }),
  createRoute({ getParentRoute: () => desk, path: '/account', component: lazyRouteComponent(() => import('./account/AccountPage'), 'AccountPage') }),
  createRoute({ getParentRoute: () => desk, path: '/dashboard', component: lazyRouteComponent(() => import('./home/DashboardPage'), 'DashboardPage') }),
  createRoute({ getParentRoute: () => desk, path: '/dashboard/behind', component: lazyRouteComponent(() => import('./home/BehindPage'), 'BehindPage') }),
  createRoute({ getParentRoute: () => desk, path: '/cases', component: lazyRouteComponent(() => import('./cases/CasesPage'), 'CasesPage') }),
  createRoute({ getParentRoute: () => desk, path: '/cases/new', component: lazyRouteComponent(() => import('./cases/NewCasePage'), 'NewCasePage') }),
  createRoute({ getParentRoute: () => desk, path: '/cases/$caseId', component: lazyRouteComponent(() => import('./cases/CaseDetail'), 'CasePage') }),
  createRoute({ getParentRoute: () => desk, path: '/orders', component: lazyRouteComponent(() => import('./orders/OrdersPage'), 'OrdersPage') }),
  createRoute({ getParentRoute: () => desk, path: '/orders/$orderId', component: lazyRouteComponent(() => import('./orders/OrderDetail'), 'OrderPage') }),
  createRoute({ getParentRoute: () => desk, path: '/day', component: lazyRouteComponent(() => import('./board/BoardPage'), 'BoardPage') }),
  createRoute({ getParentRoute: () => desk, path: '/what-if', component: lazyRouteComponent(() => import('./board/WhatIfPage'), 'WhatIfPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/schedules', component: lazyRouteComponent(() => import('./board/SchedulesPage'), 'SchedulesPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/policy', component: lazyRouteComponent(() => import('./board/PolicyPage'), 'PolicyPage') }),
  createRoute({ getParentRoute: () => desk, path: '/callbacks', component: lazyRouteComponent(() => import('./day/CallbacksPage'), 'CallbacksPage') }),
  createRoute({ getParentRoute: () => desk, path: '/returns', component: lazyRouteComponent(() => import('./returns/ReturnsPage'), 'ReturnsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/returns/$recordId', component: lazyRouteComponent(() => import('./returns/ReturnsPage'), 'ReturnPage') }),
  createRoute({ getParentRoute: () => desk, path: '/returns-report', component: lazyRouteComponent(() => import('./returns/ReportPage'), 'ReportPage') }),
  createRoute({ getParentRoute: () => desk, path: '/refunds', component: lazyRouteComponent(() => import('./returns/RefundsPage'), 'RefundsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/campaigns', component: lazyRouteComponent(() => import('./recalls/CampaignsPage'), 'CampaignsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/campaigns/new', component: lazyRouteComponent(() => import('./recalls/NewCampaign'), 'NewCampaignPage') }),
  createRoute({ getParentRoute: () => desk, path: '/campaigns/$recordId', component: lazyRouteComponent(() => import('./recalls/CampaignsPage'), 'CampaignPage') }),
  createRoute({ getParentRoute: () => desk, path: '/customers', component: lazyRouteComponent(() => import('./people/CustomersPage'), 'CustomersPage') }),
  createRoute({ getParentRoute: () => desk, path: '/customers/$recordId', component: lazyRouteComponent(() => import('./people/CustomersPage'), 'CustomerPage') }),
  createRoute({ getParentRoute: () => desk, path: '/units', component: lazyRouteComponent(() => import('./people/UnitsPage'), 'UnitsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/units/$recordId', component: lazyRouteComponent(() => import('./people/UnitsPage'), 'UnitPage') }),
  createRoute({ getParentRoute: () => desk, path: '/contracts', component: lazyRouteComponent(() => import('./contracts/Contracts'), 'ContractsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/contracts/$recordId', component: lazyRouteComponent(() => import('./contracts/ContractDetail'), 'ContractPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/rules', component: lazyRouteComponent(() => import('./contracts/RulePacksPage'), 'RulePacksPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/plans', component: lazyRouteComponent(() => import('./contracts/PlansPage'), 'PlansPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/questions', component: lazyRouteComponent(() => import('./questions/QuestionsPage'), 'QuestionsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/questions/$place', component: lazyRouteComponent(() => import('./questions/QuestionsEditPage'), 'QuestionsEditPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/products', component: lazyRouteComponent(() => import('./admin/ProductsPage'), 'ProductsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/outlets', component: lazyRouteComponent(() => import('./admin/OutletsPage'), 'OutletsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/staff', component: lazyRouteComponent(() => import('./admin/StaffPage'), 'StaffPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/users', component: lazyRouteComponent(() => import('./admin/UsersPage'), 'UsersPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/imports', component: lazyRouteComponent(() => import('./admin/ImportsPage'), 'ImportsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/imports/new', component: lazyRouteComponent(() => import('./admin/ImportNew'), 'ImportNewPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin', component: lazyRouteComponent(() => import('./admin/AdminHome'), 'AdminHome') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/roles', component: lazyRouteComponent(() => import('./admin/RolesPage'), 'RolesPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/services', component: lazyRouteComponent(() => import('./admin/ServicesPage'), 'ServicesPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/tools', component: lazyRouteComponent(() => import('./admin/ToolsPage'), 'ToolsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/labels', component: lazyRouteComponent(() => import('./admin/ServicesPage'), 'LabelsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/carriers', component: lazyRouteComponent(() => import('./returns/SetupPage'), 'SetupPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/reasons', component: lazyRouteComponent(() => import('./admin/ReasonsPage'), 'ReasonsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/clocks', component: lazyRouteComponent(() => import('./admin/ClocksPage'), 'ClocksPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/calendars', component: lazyRouteComponent(() => import('./admin/CalendarsPage'), 'CalendarsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/templates', component: lazyRouteComponent(() => import('./admin/TemplatesPage'), 'TemplatesPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/messages', component: lazyRouteComponent(() => import('./admin/MessagesPage'), 'MessagesPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/keys', component: lazyRouteComponent(() => import('./admin/KeysPage'), 'KeysPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/webhooks', component: lazyRouteComponent(() => import('./admin/WebhooksPage'), 'WebhooksPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/jobs', component: lazyRouteComponent(() => import('./admin/JobsPage'), 'JobsPage') }),
  createRoute({ getParentRoute: () => desk, path: '/admin/audit', component: lazyRouteComponent(() => import('./admin/AuditPage'), 'AuditPage') }),
];

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

const tree = root.addChildren([start, signIn, desk.addChildren(screens), style.addChildren([styleHome, styleSection])]);

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
