import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useState, type KeyboardEvent } from 'react';

interface Options {
  count: number;
  rowHeight: number;
  hasMore: boolean;
  more: () => void;
  open: (index: number) => void;
  close: () => void;
  /** Row to start the keyboard at. */
  initial: number;
}

/** Virtual rows with one active row that the keyboard moves; nears the end, asks for more. */
export function useRows({ count, rowHeight, hasMore, more, open, close, initial }: Options) {
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const [active, setActive] = useState(Math.max(0, initial));
  const virtual = useVirtualizer({ count, getScrollElement: () => scroller, estimateSize: () => rowHeight, overscan: 8 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;

  useEffect(() => {
    if (hasMore && last >= count - 15) more();
  }, [hasMore, last, count, more]);

  useEffect(() => virtual.measure(), [virtual, rowHeight]);

  function move(to: number) {
    const next = Math.min(Math.max(0, to), count - 1);
    setActive(next);
    virtual.scrollToIndex(next);
  }

  function onKeyDown(event: KeyboardEvent) {
    // Keys typed into a control inside a row belong to that control.
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller?.clientHeight ?? rowHeight) / rowHeight) - 1);
    const steps: Partial<Record<string, () => void>> = {
      ArrowDown: () => move(active + 1),
      j: () => move(active + 1),
      ArrowUp: () => move(active - 1),
      k: () => move(active - 1),
      PageDown: () => move(active + page),
      PageUp: () => move(active - page),
      Home: () => move(0),
      End: () => move(count - 1),
      Enter: () => open(active),
      o: () => open(active),
      Escape: close,
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  }

  return { setScroller, measure: virtual.measureElement, height: virtual.getTotalSize(), items, active: Math.min(active, Math.max(0, count - 1)), setActive, onKeyDown };
}
