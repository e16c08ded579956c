import { createStore, type Store } from '@/lib/store';

import type { Judged, Spot, Work } from './types';

/** Where on the board a spot is drawn, in px of its content. */
export interface Shadow {
  left: number;
  width: number;
  top: number;
  height: number;
}

/** Work under way between two places. */
export interface DragState {
  work: Work;
  spot: Spot | undefined;
  shadow: Shadow | undefined;
  /** What the server says of the spot; undefined while it is asked. */
  judged: Judged | undefined;
}

/** What a drag needs to know of the board. */
export interface DragBoard {
  /** The spot under a point of the window; `grab` is where the work was taken, in ms from its start. */
  locate: (x: number, y: number, work: Work, grab: number) => { spot: Spot; shadow: Shadow } | undefined;
  /** Scrolls when the pointer is near an edge; tells whether it did. */
  nudge: (x: number, y: number) => boolean;
  judge: (work: Work, spot: Spot, signal: AbortSignal) => Promise<Judged | undefined>;
  drop: (work: Work, spot: Spot) => void;
}

export interface Drag {
  /** Changes when the spot below the pointer does, or what is said of it: not with every move. */
  state: Store<DragState | undefined>;
  /** Where the pointer is in the window, once a frame. */
  pointer: Store<{ x: number; y: number }>;
  /** What is dragged, for those who need not know where. */
  work: Store<Work | undefined>;
  /** Says on which board it happens; before that, and while it may not, nothing moves. */
  attach: (board: DragBoard | undefined) => void;
  /** Called when a pointer goes down on something that can be dragged. */
  press: (event: PressEvent, work: Work, grab: number) => void;
}

/** The part of a pointer event that a drag reads. */
export interface PressEvent {
  pointerId: number;
  pointerType: string;
  button: number;
  clientX: number;
  clientY: number;
}

const slack = 5; // px that a hand may tremble
const hold = 350; // ms that a finger rests before it drags instead of scrolling
const rest = 120; // ms over a spot before the server is asked

/**
 * Dragging by pointer events. The mouse drags at once, a finger after it has rested, so that lists still
 * scroll. However often the pointer tells where it is, the board is asked once a frame; what hangs at the pointer
 * follows `pointer` by itself, and nothing is rendered until the spot below is another.
 */
export function createDrag(): Drag {
  const state = createStore<DragState | undefined>(undefined);
  const dragged = createStore<Work | undefined>(undefined);
  const at = createStore({ x: 0, y: 0 });
  let attached: DragBoard | undefined;

  function press(event: PressEvent, work: Work, grab: number) {
    const board = attached;
    if (!board || event.button !== 0 || state.get()) return;
    const start = { x: event.clientX, y: event.clientY };
    let pointer = start;
    let moving = false;
    let fresh = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ask: ReturnType<typeof setTimeout> | undefined;
    let asking: AbortController | undefined;
    let frame = 0;

    const begin = () => {
      moving = true;
      at.set(pointer);
      state.set({ work, spot: undefined, shadow: undefined, judged: undefined });
      dragged.set(work);
      frame = requestAnimationFrame(tick);
    };

    const move = () => {
      const before = state.get();
      if (!before) return;
      const found = board.locate(pointer.x, pointer.y, work, grab);
      const same = found ? sameSpot(before.spot, found.spot) : before.spot === undefined;
      if (same && sameShadow(before.shadow, found?.shadow)) return;
      state.set({ work, spot: found?.spot, shadow: found?.shadow, judged: same ? before.judged : undefined });
      if (same) return;
      clearTimeout(ask);
      asking?.abort();
      if (found) ask = setTimeout(() => void judge(found.spot), rest);
    };

    const judge = async (spot: Spot) => {
      asking = new AbortController();
      const judged = await board.judge(work, spot, asking.signal).catch(() => undefined);
      const now = state.get();
      if (judged && now && sameSpot(now.spot, spot)) state.set({ ...now, judged });
    };

    const tick = () => {
      if (!moving) return;
      const gone = at.get() !== pointer;
      if (board.nudge(pointer.x, pointer.y) || gone || fresh) move();
      fresh = false;
      at.set(pointer);
      frame = requestAnimationFrame(tick);
    };

    const end = () => {
      moving = false;
      clearTimeout(timer);
      clearTimeout(ask);
      asking?.abort();
      cancelAnimationFrame(frame);
      state.set(undefined);
      dragged.set(undefined);
      window.removeEventListener('pointermove', onMove);
      window.removeEventListener('pointerup', onUp);
      window.removeEventListener('pointercancel', end);
      window.removeEventListener('keydown', onKey, true);
      window.removeEventListener('touchmove', onTouch);
    };

    const onMove = (to: PointerEvent) => {
      if (to.pointerId !== event.pointerId) return;
      pointer = { x: to.clientX, y: to.clientY };
      if (moving) return;
      if (Math.hypot(pointer.x - start.x, pointer.y - start.y) <= slack) return;
      if (event.pointerType === 'touch') end();
      else begin();
    };
    const onUp = (to: PointerEvent) => {
      if (to.pointerId !== event.pointerId) return;
      pointer = { x: to.clientX, y: to.clientY };
      if (moving) move(); // the last frame may be older than the hand
      const last = state.get();
      if (moving) swallowClick();
      end();
      if (last?.spot) board.drop(work, last.spot);
    };
    const onKey = (key: KeyboardEvent) => {
      if (key.key !== 'Escape') return;
      key.stopPropagation();
      if (moving) swallowClick();
      end();
    };
    // A finger that drags does not scroll the page.
    const onTouch = (touch: TouchEvent) => {
      if (moving) touch.preventDefault();
    };

    window.addEventListener('pointermove', onMove);
    window.addEventListener('pointerup', onUp);
    window.addEventListener('pointercancel', end);
    window.addEventListener('keydown', onKey, true);
    window.addEventListener('touchmove', onTouch, { passive: false });
    if (event.pointerType === 'touch') timer = setTimeout(begin, hold);
  }

  const attach = (board: DragBoard | undefined) => {
    attached = board;
  };
  return { state, pointer: at, work: dragged, attach, press };
}

/** Whether two spots mean the same: who swaps does not mind where exactly. */
function sameSpot(a: Spot | undefined, b: Spot): boolean {
  if (a?.swap || b.swap) return a?.swap?.visitId === b.swap?.visitId;
  return a?.engineer === b.engineer && a.start === b.start;
}

function sameShadow(a: Shadow | undefined, b: Shadow | undefined): boolean {
  return a?.left === b?.left && a?.top === b?.top && a?.width === b?.width && a?.height === b?.height;
}

/** What was dragged is not pressed as well. */
function swallowClick() {
  const stop = (event: Event) => {
    event.stopPropagation();
    event.preventDefault();
  };
  window.addEventListener('click', stop, { capture: true, once: true });
  setTimeout(() => window.removeEventListener('click', stop, { capture: true }), 50);
}
