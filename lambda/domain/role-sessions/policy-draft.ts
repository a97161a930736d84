import { type Item, PLACEHOLDER, type Scope, toStatement, USERS } from './deny-statement.ts';

interface Statement {
  scope: Scope;
  cutoff: number | undefined;
  items: Item[];
}

/** Merges two cutoffs of one scope into the later one. */
interface Step {
  scope: Scope;
  from: number;
  to: number;
}

/** How a policy makes room: which statements are merged, and what that costs their users. */
export interface Merging {
  steps: Step[];
  /** By how many seconds cutoffs move later, summed over their users: at most so much time of newer sign-ins is denied. */
  cost: number;
}

/** A policy that is being filled. It counts its characters, because rendering the text for each denial would take too long. */
export class PolicyDraft {
  readonly #quota: number;
  readonly #statements = new Map<string, Statement>();
  #characters: number;

  constructor(quota: number) {
    this.#quota = quota;
    this.#statements.set(keyOf(USERS, undefined), { scope: USERS, cutoff: undefined, items: [] });
    this.#characters = EMPTY_CHARACTERS;
  }

  /** With the cutoffs that the policy states for them. */
  get items(): Item[] {
    return [...this.#statements.values()].flatMap(({ cutoff, items }) =>
      items.map((item) => ({ ...item, cutoff })),
    );
  }

  get text(): string {
    const ordered = [...this.#statements.values()].toSorted(byScopeAndCutoff);
    return JSON.stringify({ Version: '2012-10-17', Statement: ordered.map(written) });
  }

  fits(item: Item): boolean {
    const free = this.#quota - this.#characters - item.characters;
    // This check is quick, and mostly decides.
    if (free < 0 || free >= statementCharacters(item.scope)) return free >= 0;
    return this.#with(item) <= this.#quota;
  }

  add(item: Item): void {
    this.#characters = this.#with(item);
    const key = keyOf(item.scope, item.cutoff);
    const statement = this.#statements.get(key);
    if (statement) statement.items.push(item);
    else this.#statements.set(key, { scope: item.scope, cutoff: item.cutoff, items: [item] });
  }

  /** Finds which neighbouring cutoffs to merge so that the item fits, the cheapest pair first. Undefined if that is not enough. */
  roomFor(item: Item): Merging | undefined {
    let over = this.#with(item) - this.#quota;
    if (over > this.#mergeable(item)) return undefined;
    const cutoffs = this.#cutoffsWith(item);
    const steps: Step[] = [];
    let cost = 0;
    while (over > 0) {
      const index = cheapest(cutoffs);
      const [one, next] = [cutoffs[index], cutoffs[index + 1]];
      if (!one || !next) return undefined;
      steps.push({ scope: one.scope, from: one.cutoff, to: next.cutoff });
      cost += costOf(one, next);
      over -= statementCharacters(one.scope);
      cutoffs.splice(index, 2, { ...next, users: one.users + next.users });
    }
    return { steps, cost };
  }

  /** Adds the item, and merges what `roomFor` found. */
  addMerging(item: Item, { steps }: Merging): void {
    this.add(item);
    for (const { scope, from, to } of steps) {
      const [one, other] = [keyOf(scope, from), keyOf(scope, to)];
      this.#statements.get(other)?.items.push(...(this.#statements.get(one)?.items ?? []));
      this.#statements.delete(one);
      this.#characters -= statementCharacters(scope);
    }
  }

  #with({ scope, cutoff, characters }: Item): number {
    const isThere = this.#statements.has(keyOf(scope, cutoff));
    return this.#characters + characters + (isThere ? 0 : statementCharacters(scope));
  }

  /** The most characters that merging can free. */
  #mergeable({ scope }: Item): number {
    let characters = statementCharacters(scope);
    for (const each of this.#statements.values()) characters += statementCharacters(each.scope);
    return characters;
  }

  /**
   * The statements that may be merged, as they would be with the item, ordered by scope and cutoff. Nobody is merged for an item
   * that is worth less.
   */
  #cutoffsWith(item: Item): CutoffUsers[] {
    const { scope, cutoff, worth } = item;
    const found = [...this.#statements.values()].flatMap((each) => {
      const isWorthMore = (each.items[0]?.worth ?? 0) > worth;
      if (each.cutoff === undefined || isWorthMore) return [];
      return [{ scope: each.scope, cutoff: each.cutoff, users: each.items.length }];
    });
    const shared = found.find((each) => each.scope.key === scope.key && each.cutoff === cutoff);
    if (shared) shared.users += 1;
    else if (cutoff !== undefined) found.push({ scope, cutoff, users: 1 });
    return found.sort(byScopeAndCutoff);
  }
}

interface CutoffUsers {
  scope: Scope;
  cutoff: number;
  users: number;
}

/** Finds the neighbours that cost the least to merge. @returns the index of the first of them, -1 if there is no pair */
function cheapest(cutoffs: CutoffUsers[]): number {
  let best = { index: -1, cost: Number.POSITIVE_INFINITY };
  for (const [index, one] of cutoffs.entries()) {
    const next = cutoffs[index + 1];
    const cost = next && next.scope.key === one.scope.key ? costOf(one, next) : Number.POSITIVE_INFINITY;
    if (cost < best.cost) best = { index, cost };
  }
  return best.index;
}

function costOf(one: CutoffUsers, next: CutoffUsers): number {
  return one.users * (next.cutoff - one.cutoff);
}

function keyOf({ key }: Scope, cutoff: number | undefined): string {
  return `${key} ${cutoff ?? ''}`;
}

/** Statements of the scope `USERS` come first. Within a scope, the statement without a cutoff comes first. */
function byScopeAndCutoff(a: Omit<Statement, 'items'>, b: Omit<Statement, 'items'>): number {
  if (a.scope.key !== b.scope.key) {
    return a.scope.key.length - b.scope.key.length || (a.scope.key < b.scope.key ? -1 : 1);
  }
  return (a.cutoff ?? 0) - (b.cutoff ?? 0);
}

function written({ scope, cutoff, items }: Statement): object {
  const always = scope === USERS && cutoff === undefined;
  const userIds = items.flatMap(({ userId }) => userId ?? []).sort();
  const listed = always ? [PLACEHOLDER, ...userIds] : userIds;
  return toStatement(scope, cutoff, listed.length > 0 ? listed : undefined);
}

/** The length of a statement with a cutoff, without its users. */
function statementCharacters({ characters }: Scope): number {
  return characters + CUTOFF_CHARACTERS;
}

/** `2026-01-01T00:00:00Z` */
const CUTOFF_CHARACTERS = 20;

/** The length of a policy that denies nobody. */
export const EMPTY_CHARACTERS = JSON.stringify({
  Version: '2012-10-17',
  Statement: [toStatement(USERS, undefined, [PLACEHOLDER])],
}).length;
