import type { Item } from './deny-statement.ts';
import type { Merging, PolicyDraft } from './policy-draft.ts';

/** In which policy an item stands by now; undefined where it stands in none. */
export type Standing = (item: Item) => number | undefined;

export interface PlacedItems {
  drafts: PolicyDraft[];
  /** For whom there is no room, the least worth first. */
  left: Item[];
}

/** Puts the item into the first policy with room, or else where merging cutoffs for it costs the least. @returns false where there is no room */
export function isPlaced(item: Item, drafts: PolicyDraft[]): boolean {
  const free = drafts.find((draft) => draft.fits(item));
  if (free) {
    free.add(item);
    return true;
  }
  let best: { draft: PolicyDraft; merging: Merging } | undefined;
  for (const draft of drafts) {
    const merging = draft.roomFor(item);
    if (merging && merging.cost < (best?.merging.cost ?? Number.POSITIVE_INFINITY)) best = { draft, merging };
  }
  best?.draft.addMerging(item, best.merging);
  return best !== undefined;
}

/** So that the order does not depend on how they come. */
export function byText(a: Item, b: Item): number {
  return textOf(a) < textOf(b) ? -1 : 1;
}

function textOf({ scope, userId = '' }: Item): string {
  return `${userId} ${scope.key}`;
}
