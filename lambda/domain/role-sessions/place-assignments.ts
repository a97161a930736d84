import type { Item } from './deny-statement.ts';
import { byText, isPlaced, type PlacedItems, type Standing } from './place-item.ts';

/**
 * Places the denials of ended assignments in the room that all others leave. While all fit, each stays in the policy that states
 * it now. If not all fit, those that end sooner are left out, wherever they stand now.
 *
 * @param placeOthers - returns a new placement of all others at each call, because each result is filled up
 */
export function placeAssignments(
  assignments: Item[],
  placeOthers: () => PlacedItems,
  standing: Standing,
): PlacedItems {
  const ordered = assignments.toSorted(byEnd);
  const isThere = (item: Item) => standing(item) !== undefined;
  const stable = [...ordered.filter(isThere), ...ordered.filter((item) => !isThere(item))];
  const kept = fill(placeOthers(), stable, standing);
  return kept.isFull ? fill(placeOthers(), ordered, () => undefined).placed : kept.placed;
}

function fill({ drafts, left }: PlacedItems, items: Item[], standing: Standing) {
  const without = items.filter((item) => {
    const own = drafts[standing(item) ?? -1];
    if (!own?.fits(item)) return !isPlaced(item, drafts);
    own.add(item);
    return false;
  });
  return { placed: { drafts, left: [...without.toReversed(), ...left] }, isFull: without.length > 0 };
}

/** The denials that end last come first. */
function byEnd(a: Item, b: Item): number {
  return b.denial.until.getTime() - a.denial.until.getTime() || byText(a, b);
}
