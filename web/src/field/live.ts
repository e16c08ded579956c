import { useEffect } from 'react';

import { answer, api } from '@/api/client';
import { createKeptStore } from '@/lib/store';

/** Whether I show customers where I am while I travel to them; off until I say so. */
export const shareStore = createKeptStore('anxin.field.share', ['no', 'yes'] as const, 'no');

/** The least time between two places that are sent. */
export const placeEvery = 30_000;

/** What goes along when I set out. */
export function departing(): { share_position?: boolean } {
  return shareStore.get() === 'yes' ? { share_position: true } : {};
}

/**
 * Tells the server where I am while I travel to a visit and agreed to it. What cannot be sent is forgotten: a place of
 * before is of no use, and nothing is kept on the phone.
 */
export function useLivePlace(visit: string, travelling: boolean, shares: boolean) {
  useEffect(() => {
    if (!travelling || !shares || !('geolocation' in navigator)) return;
    let last = 0;
    const watch = navigator.geolocation.watchPosition(
      ({ coords }) => {
        const now = Date.now();
        if (now - last < placeEvery || !navigator.onLine) return;
        last = now;
        void answer(api.PUT('/visits/{id}/position', { params: { path: { id: visit } }, body: { lat: coords.latitude, lon: coords.longitude } })).catch(() => undefined);
      },
      () => undefined,
      { enableHighAccuracy: true, maximumAge: 15_000, timeout: 20_000 },
    );
    return () => navigator.geolocation.clearWatch(watch);
  }, [visit, travelling, shares]);
}
