import type { ReactNode } from 'react';

/** How a column is written to a file by the server: where its values stand in a row, and what their codes are called. */
export interface SheetCell {
  /** Dotted paths into the row; several are joined by a dash. */
  at: string | readonly string[];
  as?: 'time' | 'money' | 'percent';
  words?: Record<string, string>;
  /** Where the currency of money stands. */
  currency?: string;
}

/** A list's own address at the server, with what it is asked for now. */
export interface ListSource {
  path: string;
  query: Record<string, unknown>;
}

/** One column of a list. */
export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ReactNode;
  /** The cell in files: a path into the row, or more; without it the column is not written. */
  sheet?: string | SheetCell;
  /** Width in px; the column grows by `grow` shares beyond it. */
  width: number;
  grow?: number;
  align?: 'start' | 'end';
  /** Shown unless the person hides it; columns of detail start hidden. */
  initially?: 'shown' | 'hidden';
  /** Key of the server's order, where the list can be ordered by this column. */
  sort?: string;
}

/** One filter of a list. */
export interface Filter {
  key: string;
  label: string;
  /** `choice` takes several of the options, `one` a single one, `day` a calendar day. */
  kind: 'choice' | 'one' | 'day';
  options?: readonly { value: string; label: string }[];
}

/** An act on many rows; it answers which rows were refused and why. */
export interface BulkAct {
  key: string;
  label: string;
  danger?: boolean;
  /** Asks for one of these first: whom to give the rows to. */
  options?: readonly { value: string; label: string }[];
  run: (ids: readonly string[], option: string) => Promise<BulkResult>;
}

export interface BulkResult {
  /** Words of the refusal by row id; rows that are absent went through. */
  refused: Record<string, string>;
}
