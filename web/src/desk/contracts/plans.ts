import type { components } from '@/api/schema';
import { useLang } from '@/i18n/setup';

export type Plan = components['schemas']['EntitlementPlanBody'];

/** A plan's name in the language in force. */
export function usePlanName(): (plan: Plan) => string {
  const lang = useLang();
  return (plan) => (lang === 'en' && plan.name_en !== '' ? plan.name_en : plan.name_zh) || plan.name_en;
}

/** The name of what a contract sold, in the language in force. */
export function useSoldName(): (contract: { plan_name_zh: string; plan_name_en: string }) => string {
  const lang = useLang();
  return (contract) => (lang === 'en' && contract.plan_name_en !== '' ? contract.plan_name_en : contract.plan_name_zh) || contract.plan_name_en;
}
