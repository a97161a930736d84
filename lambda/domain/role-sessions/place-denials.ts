import { type Item, isAssignment, isEveryone } from './deny-statement.ts';
import { placeAssignments } from './place-assignments.ts';
import { byText, isPlaced, type PlacedItems, type Standing } from './place-item.ts';
import { PolicyDraft } from './policy-draft.ts';

/** The room that AWS Organizations gives. */
export interface PolicyRoom {
  policies: number;
  /** The quota of AWS Organizations for one policy. */
  characters: number;
}

const NOWHERE: Standing = () => undefined;

/**
 * Finds a place for each item. Each step is taken only if the steps before were not enough:
 *
 * 1. An item stays in the policy that states it now, so that a new denial, or one that ends, changes only one policy.
 * 2. Cutoffs are merged in the policy where that costs the least.
 * 3. All items are placed anew, as if no policy stated them.
 * 4. All items of a scope get the same cutoff.
 * 5. Items are left out, as few as possible.
 *
 * Ended assignments take the room that is left: nobody else is merged or left out for them.
 */
export function placeItems(items: Item[], room: PolicyRoom, standing: Standing): PlacedItems {
  const { assignments = [], others = [] } = Object.groupBy(items, (item) =>
    isAssignment(item) ? 'assignments' : 'others',
  );
  const placeOthers = () => placeUsers(others, room, standing);
  return assignments.length > 0 ? placeAssignments(assignments, placeOthers, standing) : placeOthers();
}

function placeUsers(items: Item[], room: PolicyRoom, standing: Standing): PlacedItems {
  const ordered = items.toSorted(byPlacing);
  const placeAny = (some: Item[]) =>
    place(some, room, standing) ?? place(some, room, NOWHERE) ?? place(withOneCutoff(some), room, NOWHERE);
  const all = placeAny(ordered);
  return all ? { drafts: all, left: [] } : placeMost(ordered, room, placeAny);
}

/** Leaves out as few as possible. Binary search: any subset of a fitting set fits. */
function placeMost(
  ordered: Item[],
  room: PolicyRoom,
  placeAny: (some: Item[]) => PolicyDraft[] | undefined,
): PlacedItems {
  const byWorth = ordered.toSorted(byWorthAndEnd);
  let tooFew = 0;
  let enough = ordered.length;
  let drafts = emptyDrafts(room);
  while (enough - tooFew > 1) {
    const half = Math.floor((tooFew + enough) / 2);
    const leftOut = new Set(byWorth.slice(0, half));
    const placed = placeAny(ordered.filter((item) => !leftOut.has(item)));
    if (placed) [enough, drafts] = [half, placed];
    else tooFew = half;
  }
  return { drafts, left: byWorth.slice(0, enough) };
}

/** @returns undefined if they do not all fit */
function place(items: Item[], room: PolicyRoom, standing: Standing): PolicyDraft[] | undefined {
  const drafts = emptyDrafts(room);
  // The statement about everyone comes first, so that nobody takes its room. All policies are attached to the same targets, so one
  // policy with it is enough.
  const first = items.filter(isEveryone);
  const rest = items.filter((item) => !isEveryone(item));
  const waiting: Item[] = [];
  if (!first.every((item) => isPlaced(item, drafts))) return undefined;
  for (const item of rest) {
    const draft = drafts[standing(item) ?? -1];
    if (draft?.fits(item)) draft.add(item);
    else waiting.push(item);
  }
  return waiting.every((item) => isPlaced(item, drafts)) ? drafts : undefined;
}

/** Merges as much as possible: all items of a scope get its latest cutoff. */
function withOneCutoff(items: Item[]): Item[] {
  const latest = new Map<string, number>();
  for (const { scope, cutoff } of items) {
    if (cutoff !== undefined) latest.set(scope.key, Math.max(cutoff, latest.get(scope.key) ?? cutoff));
  }
  return items.map((item) => ({ ...item, cutoff: item.cutoff && latest.get(item.scope.key) }));
}

function emptyDrafts({ policies, characters }: PolicyRoom): PolicyDraft[] {
  return Array.from({ length: policies }, () => new PolicyDraft(characters));
}

/** Items with the highest worth come first. Then cutoffs that are close to each other get into the same policy. */
function byPlacing(a: Item, b: Item): number {
  return b.worth - a.worth || (a.cutoff ?? 0) - (b.cutoff ?? 0) || byText(a, b);
}

function byWorthAndEnd(a: Item, b: Item): number {
  return a.worth - b.worth || a.denial.until.getTime() - b.denial.until.getTime() || byText(a, b);
}
