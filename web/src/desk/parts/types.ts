import type { components } from '@/api/schema';

type Schemas = components['schemas'];

/** Records as the API gives them. */
export type Me = Schemas['IdentityMeBody'];
export type Home = Schemas['ConsoleHome'];
export type Case = Schemas['CasesBody'];
export type Workplace = Schemas['ConsoleWorkplace'];
export type Catalog = Schemas['CatalogBody'];
export type Order = Schemas['OrdersBody'];
export type Visit = Schemas['OrdersVisitBody'];
export type Staff = Schemas['WorkforceStaffBody'];
export type Callback = Schemas['CallbacksCallbackBody'];
export type Outlet = Schemas['OutletsOutletBody'];
export type Customer = Schemas['CustomersCustomerBody'];
export type Assessment = Schemas['EntitlementAssessmentBody'];
export type Rights = Schemas['Assess-unit-rightsResponse'];
export type RightsDecision = Schemas['EntitlementAssessmentBody']['decision'];
export type Unit = Schemas['UnitsUnitBody'];
export type ImportRun = Schemas['ImportsImportBody'];
export type ImportTarget = Schemas['ImportsImportTarget'];
export type ImportMapping = Schemas['ImportsMapping'];
export type ImportPreview = Schemas['ImportsPreview'];
