import type { Item } from './deny-statement.ts';
import type { Merging, PolicyDraft } from './policy-draft.ts';

/** The policy that holds an item now; undefined if none does. */
export type Standing = (item: Item) => number | undefined;

export interface PlacedItems {
  drafts: PolicyDraft[];
  /** Items without room, the lowest rank first. */
  left: Item[];
}

/**
 * Puts the item into the first policy with room. If none has room, it merges cutoffs in the policy where that costs the least.
 *
 * @returns false if there is no room even so
 */
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

/** Makes the order independent of the input's order. */
export function byText(a: Item, b: Item): number {
  return textOf(a) < textOf(b) ? -1 : 1;
}

function textOf({ scope, userId = '' }: Item): string {
  return `${userId} ${scope.key}`;
}
