/** A user whose role sessions are denied. */
export interface DeniedUser {
  /** In the letter case of the identity store: policies compare ids exactly. */
  userId: string;
  /** Only role sessions issued before this are denied, so that a newer sign-in is never cut; all of them where absent. */
  issuedBefore?: Date;
  /** When the denial may leave the policy. */
  until: Date;
}

/** What the organization allows. */
export interface PolicyRoom {
  policies: number;
  /** Per policy, a quota of AWS Organizations. */
  characters: number;
}

export interface DenyPolicy {
  text: string;
  /** Whom it denies, those whose denial ends first in front. */
  users: DeniedUser[];
}

export interface DenyPolicies {
  /** As many as there is room for, also where placeholders are all they hold. */
  policies: DenyPolicy[];
  /** Users for whom there is no room: those who may sign in again first, then those whose denial ends first. */
  left: DeniedUser[];
}

/** Stands in every policy, so that its list is never empty. Not of the form of an id, so no user can have it. */
const PLACEHOLDER = 'nobody';
/** Key of the statement without a cutoff. Sorts before every cutoff. */
const NO_CUTOFF = '';

/** A policy that is being filled. */
interface Draft {
  users: DeniedUser[];
  /** The ids of each statement besides the placeholder, by its cutoff. */
  statements: Map<string, string[]>;
  /** Of the text as it would be written now. Kept up, as writing it for each user would take too long. */
  characters: number;
}

/** A user, with what is needed to find a place. */
interface Entry {
  user: DeniedUser;
  cutoff: string;
  /** What the id adds to a list that is not empty. */
  idCharacters: number;
  /** What the statement with the id adds where there is none yet for its cutoff. */
  statementCharacters: number;
}

/**
 * The texts of the service control policies that deny these users' role sessions: the same for the same users, in
 * whatever order they come.
 *
 * Users are placed one after the other, those whose denial ends first in front; one for whom a policy has no room opens
 * the next, and nobody goes back to fill what is left of one before. So while all fit, a newcomer whose denial ends last
 * moves nobody, and who moves because somebody left moves to an earlier policy. First fit would take a little less space,
 * but where users take up different space (ids of two lengths, cutoffs) it moves some to a later one.
 *
 * Where not all fit, a removed user matters more than one who was signed out and may sign in again, and of two alike the
 * one whose denial ends later: signing people out must not set free the role sessions of those who were dismissed.
 *
 * @throws RangeError where an id is given twice or is the placeholder, a cutoff is no date, or there is not room for
 *   one policy without users
 */
export function renderDenyPolicies(users: DeniedUser[], room: PolicyRoom): DenyPolicies {
  if (!Number.isInteger(room.policies) || room.policies < 1 || !(room.characters >= EMPTY_CHARACTERS)) {
    throw new RangeError(`Deny policies need room for at least one with ${EMPTY_CHARACTERS} characters.`);
  }
  if (new Set([PLACEHOLDER, ...users.map(({ userId }) => userId)]).size <= users.length) {
    throw new RangeError('Users to deny must have distinct ids, other than the placeholder.');
  }
  const entries = users.toSorted(byEnd).map(toEntry);
  const { left, drafts } = placeMost(entries, room);
  return {
    policies: drafts.map((draft) => ({ text: textOf(draft.statements), users: draft.users })),
    left: left.map(({ user }) => user),
  };
}

function byEnd(a: DeniedUser, b: DeniedUser): number {
  return a.until.getTime() - b.until.getTime() || (a.userId < b.userId ? -1 : 1);
}

function toEntry(user: DeniedUser): Entry {
  const cutoff = user.issuedBefore ? toCutoff(user.issuedBefore) : NO_CUTOFF;
  // With its comma. A new statement has one too, but the first id of its list has none.
  const idCharacters = JSON.stringify(user.userId).length + 1;
  return {
    user,
    cutoff,
    idCharacters,
    statementCharacters: CUTOFF_CHARACTERS + cutoff.length + idCharacters,
  };
}

/**
 * aws:TokenIssueTime has whole seconds, so a session issued before the given time may show the same second: rounded up.
 * One issued later in that second is denied too, rather than one that should be denied is not.
 */
function toCutoff(issuedBefore: Date): string {
  const wholeSecond = new Date(Math.ceil(issuedBefore.getTime() / 1000) * 1000);
  return wholeSecond.toISOString().replace('.000Z', 'Z');
}

/** Leaves out as few as it takes for the rest to fit. Who fits also does with fewer: a binary search. */
function placeMost(entries: Entry[], room: PolicyRoom): { left: Entry[]; drafts: Draft[] } {
  const byWorth = [
    ...entries.filter(({ user }) => user.issuedBefore),
    ...entries.filter(({ user }) => !user.issuedBefore),
  ];
  let tooFew = -1;
  let enough = entries.length;
  let drafts = emptyDrafts(room);
  while (enough - tooFew > 1) {
    const half = Math.floor((tooFew + enough) / 2);
    const leftOut = new Set(byWorth.slice(0, half));
    const placed = place(
      entries.filter((entry) => !leftOut.has(entry)),
      room,
    );
    if (placed) [enough, drafts] = [half, placed];
    else tooFew = half;
  }
  return { left: byWorth.slice(0, enough), drafts };
}

/** @returns undefined where they do not all fit */
function place(entries: Entry[], room: PolicyRoom): Draft[] | undefined {
  const drafts = emptyDrafts(room);
  let open = 0;
  for (const entry of entries) {
    open = drafts.findIndex((candidate, index) => index >= open && fits(entry, candidate, room));
    const draft = drafts[open];
    if (!draft) return undefined;
    add(entry, draft);
  }
  return drafts;
}

function emptyDrafts(room: PolicyRoom): Draft[] {
  return Array.from({ length: room.policies }, () => ({
    users: [],
    statements: emptyStatements(),
    characters: EMPTY_CHARACTERS,
  }));
}

function fits(entry: Entry, draft: Draft, room: PolicyRoom): boolean {
  const free = room.characters - draft.characters;
  if (entry.statementCharacters <= free) return true;
  return entry.idCharacters <= free && draft.statements.has(entry.cutoff);
}

function add({ user, cutoff, idCharacters, statementCharacters }: Entry, draft: Draft): void {
  const ids = draft.statements.get(cutoff);
  if (ids) ids.push(user.userId);
  else draft.statements.set(cutoff, [user.userId]);
  draft.characters += ids ? idCharacters : statementCharacters;
  draft.users.push(user);
}

function emptyStatements(): Map<string, string[]> {
  return new Map([[NO_CUTOFF, []]]);
}

function textOf(statements: Map<string, string[]>): string {
  const cutoffs = [...statements.keys()].sort();
  const ordered = cutoffs.map((cutoff) => toStatement(cutoff, statements.get(cutoff) ?? []));
  return JSON.stringify({ Version: '2012-10-17', Statement: ordered });
}

function toStatement(cutoff: string, ids: string[]): object {
  const always = cutoff === NO_CUTOFF;
  const listed = [...(always ? [PLACEHOLDER] : []), ...ids.toSorted()];
  const issued = always ? {} : { DateLessThan: { 'aws:TokenIssueTime': cutoff } };
  return {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { StringEquals: { 'identitystore:UserId': listed }, ...issued },
  };
}

/** Of a policy that denies nobody. */
const EMPTY_CHARACTERS = textOf(emptyStatements()).length;
/** Of a statement with a cutoff, besides the cutoff itself and the ids. */
const CUTOFF_CHARACTERS = JSON.stringify(toStatement('x', [])).length - 1;
