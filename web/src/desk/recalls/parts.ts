import type { components } from '@/api/schema';
import { useLang } from '@/i18n/setup';
import type { Tone } from '@/theme/tokens';

export type Campaign = components['schemas']['MaintenanceBody'];
export type CampaignRow = components['schemas']['MaintenanceRowBody'];
export type CampaignUnit = components['schemas']['MaintenanceUnitBody'];
export type Progress = components['schemas']['MaintenanceProgress'];
export type Deadline = components['schemas']['MaintenanceDeadline'];
export type Plan = components['schemas']['MaintenancePlan'];
export type Standing = components['schemas']['MaintenanceStandingBody'];

export const kinds = ['recall_voluntary', 'recall_ordered', 'service_action', 'inspection', 'software'] as const;
export const states = ['draft', 'approved', 'started', 'closed', 'cancelled'] as const;
export const unitStates = ['found', 'notified', 'appointment', 'remedied', 'unreachable', 'refused', 'exempt', 'gone'] as const;
export const reaches = ['message', 'letter', 'posted', 'no_owner'] as const;

const tones: Partial<Record<string, Tone>> = {
  draft: 'neutral',
  approved: 'info',
  started: 'busy',
  closed: 'good',
  cancelled: 'neutral',
  found: 'warn',
  notified: 'info',
  appointment: 'busy',
  remedied: 'good',
  unreachable: 'bad',
  refused: 'bad',
  exempt: 'neutral',
  gone: 'neutral',
  open: 'info',
  overdue: 'bad',
  done: 'good',
  late: 'warn',
  lapsed: 'neutral',
  sent: 'good',
  printed: 'good',
  failed: 'bad',
  suppressed: 'warn',
  queued: 'info',
  sending: 'busy',
};

/** How a state of a campaign, a unit, a duty or a notice looks. */
export function toneOf(state: string): Tone {
  return tones[state] ?? 'neutral';
}

/** Hundredths of a percent as people read them. */
export function percent(rate: number): string {
  return `${(rate / 100).toFixed(1)} %`;
}

/** The text of a pair in the language in force. */
export function useText(): (pair: { zh: string; en: string } | undefined) => string {
  const lang = useLang();
  return (pair) => (pair ? (lang === 'en' && pair.en !== '' ? pair.en : pair.zh || pair.en) : '');
}
