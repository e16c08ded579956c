import type { components } from '@/api/schema';

type Schemas = components['schemas'];

/** A day as the API gives it. */
export type Day = Schemas['DispatchDayBody'];
export type DayRow = Schemas['DispatchDayRowBody'];
export type DayVisit = Schemas['DispatchDayVisitBody'];
export type DayOrder = Schemas['DispatchDayOrderBody'];
export type Judged = Schemas['DispatchJudgedBody'];
export type Verdict = Judged['verdict'];
export type DayStop = Schemas['DispatchStopBody'];
export type Plan = Schemas['DispatchPlanBody'];
export type ServerReason = Schemas['Reason'];

/** A stretch of time in ms since 1970. */
export interface Stretch {
  from: number;
  to: number;
}

/** Something that takes an engineer's time on the board. */
export interface Bar extends Stretch {
  key: string;
  /** A visit, a window kept for a customer, or a stop where parts are fetched. */
  kind: 'visit' | 'claim' | 'fetch';
  visit?: DayVisit;
  stop?: DayStop;
  /** When a visit was planned, where it came otherwise. */
  planned?: Stretch | undefined;
  orders: readonly DayOrder[];
  /** When the way to it begins; the same as `from` where there is none. */
  leaves: number;
  /** 0 for the first line of a lane; what overlaps stands below. */
  line: number;
  /** Begun or over: it moves no more. */
  locked: boolean;
  /** Of a brand that the reader may not see. */
  foreign: boolean;
}

/** An engineer over the days of the board. */
export interface Lane {
  /** Where the day begins. */
  home: { lat: number; lon: number } | undefined;
  id: string;
  name: string;
  outletId: string;
  outletName: string;
  skills: readonly string[];
  shifts: readonly Stretch[];
  away: readonly Stretch[];
  lunch: readonly Stretch[];
  bars: readonly Bar[];
  lines: number;
  /** Minutes of work on the board. */
  minutes: number;
}

/** One line of the board: an outlet's name or an engineer. */
export type Item = { kind: 'outlet'; key: string; name: string; engineers: number; visits: number } | { kind: 'lane'; key: string; lane: Lane };

/** Work that somebody wants to place: orders without a visit, or a visit that stands somewhere. */
export interface Work {
  orders: readonly string[];
  visitId: string | undefined;
  number: string;
  minutes: number;
  /** Of the visit as it was when it was taken up: who was faster is not overruled. */
  version: number | undefined;
  /** Where it stands now. */
  engineer: string | undefined;
  /** The whole crew of a visit, the lead first. */
  crew: readonly string[];
  start: number | undefined;
  promised: Stretch | undefined;
  skills: readonly string[];
}

/** A place on the board. */
export interface Spot {
  engineer: string;
  start: number;
  /** The visit that stands there, which can be swapped with what is dragged. */
  swap?: { visitId: string; number: string } | undefined;
}
