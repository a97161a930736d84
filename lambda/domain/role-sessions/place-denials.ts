import { type Item, isAssignment, isEveryone } from './deny-statement.ts';
import { placeAssignments } from './place-assignments.ts';
import { byText, isPlaced, type PlacedItems, type Standing } from './place-item.ts';
import { PolicyDraft } from './policy-draft.ts';

/** What the organization allows. */
export interface PolicyRoom {
  policies: number;
  /** Per policy, a quota of AWS Organizations. */
  characters: number;
}

const NOWHERE: Standing = () => undefined;

/**
 * Finds a place for each item. What stands in a policy stays there, so a newcomer changes one policy and so does who leaves.
 * Where there is no free place, cutoffs are merged, in the policy where that costs the least. Only if there is no room even so,
 * all are placed anew, as if none stood anywhere, in the end with one cutoff for all of a scope. Only if not all fit then, as
 * few are left out as it takes.
 *
 * Ended assignments take what room is left then: nobody else is merged or left out for them.
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

/** @returns undefined where they do not all fit */
function place(items: Item[], room: PolicyRoom, standing: Standing): PolicyDraft[] | undefined {
  const drafts = emptyDrafts(room);
  // All policies are attached to the same targets, so everyone's statement belongs in one of them, before anybody takes its room.
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

/** The most that merging can do. */
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

/** Whose cutoff cannot be merged comes first; then in the order of the cutoffs, so that neighbours come into the same policy. */
function byPlacing(a: Item, b: Item): number {
  return b.worth - a.worth || (a.cutoff ?? 0) - (b.cutoff ?? 0) || byText(a, b);
}

function byWorthAndEnd(a: Item, b: Item): number {
  return a.worth - b.worth || a.denial.until.getTime() - b.denial.until.getTime() || byText(a, b);
}
