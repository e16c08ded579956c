import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';

import type { FieldOrder, FieldVisit, VisitState } from '../model';

type Schemas = components['schemas'];

function orderOf(order: Schemas['OrdersFieldOrder']): FieldOrder {
  return {
    id: order.id,
    number: order.number,
    service: order.service,
    fault: order.fault,
    instructions: order.instructions ?? '',
    due: Number(order.due) === 0 ? '' : order.due, // the server says 0.00 when all is paid
    model: order.model,
    serial: order.serial,
    serialRequired: order.serial_required,
    checklist: order.checklist ?? [],
    photos: order.photos ?? [],
    readings: (order.readings ?? []).map((reading) => ({ ...reading, unit: reading.unit ?? '' })),
    parts: order.parts ?? [],
    tools: order.tools ?? [],
  };
}

/** A visit of the API as the app keeps it. */
export function visitOf(visit: Schemas['OrdersFieldVisit']): FieldVisit {
  return {
    id: visit.id,
    number: visit.number,
    state: visit.state as VisitState,
    start: visit.start,
    end: visit.end,
    zone: visit.zone,
    customer: visit.customer,
    address: visit.address,
    accessNote: visit.access_note,
    serviceCode: visit.service_code,
    lat: visit.lat,
    lon: visit.lon,
    orders: (visit.orders ?? []).map(orderOf),
    declineReasons: visit.decline_reasons ?? [],
    failReasons: visit.fail_reasons ?? [],
  };
}

/** The signed-in engineer's visits of today and tomorrow, with all that is needed to do them without a network. */
export async function fetchVisits(): Promise<FieldVisit[]> {
  const { items } = await answer(api.GET('/field/visits'));
  return (items ?? []).map(visitOf);
}
