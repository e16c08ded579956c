import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** Its words, as a link where the record has a page. */
export function RecordLink({ page, children }: { page: string | undefined; children: ReactNode }) {
  if (!page) return children;
  const [to, search] = page.split('?');
  return (
    <Link to={to as never} search={Object.fromEntries(new URLSearchParams(search)) as never}>
      {children}
    </Link>
  );
}
