import { Link } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { Pill } from '@/kit/StatePill';

import styles from '../parts/parts.module.css';
import { may, useMe, useRead, useSay } from '../parts/server';
import { toneOf, useText } from './parts';
import own from './recalls.module.css';

/** The campaigns that bear on a unit, in their own words: whoever deals with it reads them first. */
export function CampaignBanner({ unitId }: { unitId: string | undefined }) {
  const t = useDeskT();
  const say = useSay();
  const text = useText();
  const { data: me } = useMe();
  const rows = useRead(['unit-campaigns', unitId ?? ''], async () => (await answer(api.GET('/units/{id}/campaigns', { params: { path: { id: unitId ?? '' } } }))) ?? [], Boolean(unitId) && may(me, 'units.read')).data ?? [];
  return (
    <>
      {rows.map((row) => (
        <div key={row.campaign_unit_id} className={own.banner} role={row.open ? 'alert' : 'note'} data-soft={!row.open}>
          <span className={styles.row}>
            <Pill tone={row.open ? 'bad' : 'good'} label={say(`campaign.kind.${row.kind}`)} />
            <b>{may(me, 'maintenance.read') ? <Link to="/campaigns/$recordId" params={{ recordId: row.campaign_id }}>{text(row.title)}</Link> : text(row.title)}</b>
            <Pill tone={toneOf(row.unit)} label={say(`campaign.state.${row.unit}`)} />
            {row.open && row.stop_sale && <Pill tone="bad" label={t('recall.stopSale')} />}
            <small className={styles.soft}>{row.number}</small>
          </span>
          {row.open && (
            <>
              {row.stop_use && <strong>{t('recall.stopUse')}</strong>}
              {text(row.hazard) !== '' && <span>{text(row.hazard)}</span>}
              <span>
                {t('recall.remedy')}: {text(row.remedy)} · {t('recall.free')}
              </span>
              {row.order_id && <Link to="/orders/$orderId" params={{ orderId: row.order_id }}>{t('recall.order')}</Link>}
            </>
          )}
        </div>
      ))}
    </>
  );
}
