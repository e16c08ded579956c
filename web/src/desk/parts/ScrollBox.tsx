import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';

import styles from './parts.module.css';

/** The box of a table: where the table is larger than the box, the keyboard can scroll it. */
export function ScrollBox({ label, children }: { label: string; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [large, setLarge] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const seen = new ResizeObserver(() => setLarge(element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight));
    seen.observe(element);
    if (element.firstElementChild) seen.observe(element.firstElementChild);
    return () => seen.disconnect();
  }, []);
  return (
    <div ref={box} className={styles.table} {...(large ? { tabIndex: 0, role: 'region', 'aria-label': label } : {})}>
      {children}
    </div>
  );
}
