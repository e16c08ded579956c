import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';

import { useRead } from '../parts/server';

/** The working calendars. */
export function useCalendars() {
  return useRead(['clock-calendars'], async () => (await answer(api.GET('/clock-calendars'))).items ?? []);
}

/** What a calendar is called, or the role that stands for one. */
export function useCalendarNames(): (id: string) => string {
  const t = useDeskT();
  const calendars = useCalendars().data ?? [];
  return (id) => (id === '@centre' ? t('clocks.ofCentre') : id === '@outlet' ? t('clocks.ofOutlet') : (calendars.find((one) => one.id === id)?.name ?? id));
}

