interface Entry<T> {
  readonly at: number;
  readonly item: T;
}

/** Items with the time when they are due. It is a binary heap, so that adding and taking stay cheap with thousands of entries. */
export interface Timeline<T> {
  /** @param at - Milliseconds since the epoch. */
  add(at: number, item: T): void;
  /** Takes the earliest item that is due; undefined when none is. */
  takeDue(now: number): T | undefined;
  /** When the earliest item is due; undefined when there is none. */
  next(): number | undefined;
}

export function createTimeline<T>(): Timeline<T> {
  const heap: Entry<T>[] = [];
  return {
    add(at, item) {
      heap.push({ at, item });
      siftUp(heap);
    },
    takeDue(now) {
      const [first] = heap;
      if (!first || first.at > now) return undefined;
      const last = heap.pop();
      if (last && last !== first) {
        heap[0] = last;
        siftDown(heap);
      }
      return first.item;
    },
    next: () => heap[0]?.at,
  };
}

function siftUp(heap: Entry<unknown>[]): void {
  let index = heap.length - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isEarlier(heap, index, parent)) return;
    swap(heap, index, parent);
    index = parent;
  }
}

function siftDown(heap: Entry<unknown>[]): void {
  let index = 0;
  for (;;) {
    const [left, right] = [2 * index + 1, 2 * index + 2];
    const earlier = isEarlier(heap, right, left) ? right : left;
    if (!isEarlier(heap, earlier, index)) return;
    swap(heap, index, earlier);
    index = earlier;
  }
}

function isEarlier(heap: Entry<unknown>[], one: number, other: number): boolean {
  const [a, b] = [heap[one], heap[other]];
  return a !== undefined && b !== undefined && a.at < b.at;
}

function swap(heap: Entry<unknown>[], one: number, other: number): void {
  const [a, b] = [heap[one], heap[other]];
  if (a && b) [heap[one], heap[other]] = [b, a];
}
