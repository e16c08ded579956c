import type { ReactNode } from 'react';

/** Something a person may do with a record now. */
export interface Act {
  key: string;
  label: string;
  danger?: boolean;
  /** Why it cannot be done now, in words; the button stays in sight. */
  blocked?: string;
  /** Reasons to choose one from; an act with reasons asks for one. */
  reasons?: readonly { value: string; label: string }[];
  note?: 'none' | 'optional' | 'required';
  /** What will happen, for acts that are hard to take back. */
  consequence?: string;
  /** More fields of this act's own; its values go into `extra`. */
  fields?: (extra: Record<string, unknown>, change: (extra: Record<string, unknown>) => void) => ReactNode;
}

/** What the form of an act hands over. */
export interface ActInput {
  /** Stays the same while the same input is sent again. */
  operationId: string;
  reason: string;
  note: string;
  extra: Record<string, unknown>;
}
