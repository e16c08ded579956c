import type { components } from '@/api/schema';
import type { Tone } from '@/theme/tokens';

export type Return = components['schemas']['ReturnsBody'];
export type ReturnRow = components['schemas']['ReturnsRowBody'];
export type Line = components['schemas']['ReturnsLineBody'];
export type Refund = components['schemas']['ReturnsRefund'];
export type Parcel = components['schemas']['ReturnsShipmentBody'];
export type Carrier = components['schemas']['ReturnsCarrierBody'];
export type Account = components['schemas']['ReturnsAccountBody'];
export type Batch = components['schemas']['ReturnsBatch'];

/** What a customer may ask for. */
export const types = ['return', 'exchange', 'repair_return', 'advance_exchange', 'refund_only', 'drop_ship'];

const tones: Partial<Record<string, Tone>> = {
  requested: 'info',
  manual: 'warn',
  approved: 'good',
  rejected: 'bad',
  awaited: 'info',
  in_transit: 'busy',
  received: 'busy',
  short: 'warn',
  wrong_item: 'bad',
  lost: 'bad',
  inspected: 'info',
  restocked: 'good',
  refurbished: 'info',
  kept: 'good',
  reserved: 'info',
  shipped: 'busy',
  delivered: 'good',
  created: 'info',
  collected: 'busy',
  out_for_delivery: 'busy',
  exception: 'bad',
  due: 'warn',
  sent: 'busy',
  refunded: 'good',
  failed: 'bad',
};

/** How a state of any axis looks. */
export function toneOf(state: string): Tone {
  return tones[state] ?? 'neutral';
}

/** Today at the firm, as dates are written in requests. */
export function today(zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(new Date());
}

/** What a claim for a return would be about, in minor units: what was paid for goods whose fault lies with somebody else. */
export function suggestion(one: Return): { against: string; amount: number } | undefined {
  const blamed = (one.lines ?? []).filter((line) => ['carrier', 'supplier', 'seller', 'platform', 'product'].includes(line.responsibility ?? '') || line.goods === 'lost');
  const first = blamed[0];
  if (!first) return undefined;
  const against = first.goods === 'lost' ? 'carrier' : first.responsibility === 'product' ? 'supplier' : (first.responsibility ?? 'supplier');
  return { against, amount: blamed.reduce((sum, line) => sum + line.paid, 0) };
}
