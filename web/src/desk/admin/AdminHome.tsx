import { Link } from '@tanstack/react-router';

import { useDeskT } from '@/i18n/desk';

import styles from '../parts/parts.module.css';
import { may, useMe } from '../parts/server';
import { adminPlaces } from './places';

/** Everything that can be set up, by what it is about; only what the person may change. */
export function AdminHome() {
  const t = useDeskT();
  const { data: me } = useMe();
  return (
    <section className={`${styles.page} ${styles.wide}`}>
      <h1>{t('nav.setup')}</h1>
      {adminPlaces
        .map((group) => ({ ...group, places: group.places.filter((place) => may(me, place.needs)) }))
        .filter((group) => group.places.length > 0)
        .map((group) => (
          <div key={group.key} className={styles.stack}>
            <h2 className={styles.soft}>{t(group.key)}</h2>
            <div className={styles.tiles}>
              {group.places.map(({ key, icon: Icon, to, about }) => (
                <Link key={key} to={to} className={styles.tile}>
                  <Icon size={20} aria-hidden />
                  <span>
                    <b>{t(key)}</b>
                    <span className={styles.soft}>{t(about)}</span>
                  </span>
                </Link>
              ))}
            </div>
          </div>
        ))}
    </section>
  );
}
