import { type DenyEntry, EVERYONE } from '../denial.ts';
import {
  type DeniedAssignment,
  type DeniedEveryone,
  type DeniedUser,
  type ToDeny,
  toCutoff,
} from './deny-statement.ts';

/**
 * The denials that the policies should state for these entries of the deny list. Several entries may share one denial. An ended
 * assignment takes no room while its user is denied all that it would deny.
 */
export function toDeny(entries: DenyEntry[]): Map<DenyEntry, ToDeny> {
  const denials = new Map<DenyEntry, ToDeny>();
  const users = new Map<string, DeniedUser>();
  for (const own of groups(entries.filter(({ userId, assignment }) => userId !== EVERYONE && !assignment))) {
    const user = userOf(own);
    users.set(user.userId, user);
    for (const entry of own) denials.set(entry, user);
  }
  for (const own of groups(entries.filter(({ assignment }) => assignment))) {
    const denial = assignmentOf(own);
    const user = denial && users.get(denial.userId);
    for (const entry of own) if (denial) denials.set(entry, user && covers(user, denial) ? user : denial);
  }
  for (const [entry, everyone] of everyoneOf(entries)) denials.set(entry, everyone);
  return denials;
}

/** Groups entries of the same user, or of the same role of the user if they have one. */
function groups(entries: DenyEntry[]): DenyEntry[][] {
  const keyOf = ({ userId, assignment }: DenyEntry) =>
    [userId, assignment?.accountId, assignment?.permissionSetArn, assignment?.permissionSetName].join(' ');
  return [...Map.groupBy(entries, keyOf).values()];
}

/**
 * A user with several entries is denied as the strictest of them demands, until the last of them ends. A merged cutoff does not
 * move back: people have signed in again because of it.
 */
function userOf(own: DenyEntry[]): DeniedUser {
  const userId = own[0]?.userId ?? '';
  const until = latest(own.map((entry) => entry.until));
  const cutoffs = own.flatMap(({ issuedBefore }) => issuedBefore ?? []);
  if (cutoffs.length < own.length) return { userId, until };
  const held = own.flatMap(({ deniedIssuedBefore }) => deniedIssuedBefore ?? []);
  return {
    userId,
    until,
    issuedBefore: latest(cutoffs),
    ...(held.length > 0 && { heldBefore: latest(held) }),
  };
}

function assignmentOf(own: DenyEntry[]): DeniedAssignment | undefined {
  const [{ assignment } = {}] = own;
  const { issuedBefore, ...user } = userOf(own);
  return assignment && issuedBefore && { ...user, issuedBefore, assignment };
}

function covers({ issuedBefore }: DeniedUser, denial: DeniedAssignment): boolean {
  return issuedBefore === undefined || issuedBefore >= denial.issuedBefore;
}

function latest(dates: Date[]): Date {
  return new Date(dates.reduce((last, date) => Math.max(last, date.getTime()), 0));
}

/** A later revocation of everyone also covers an earlier one, unless it excepts somebody whom the earlier one denies. */
function everyoneOf(entries: DenyEntry[]): Map<DenyEntry, DeniedEveryone> {
  const denials = new Map<DenyEntry, DeniedEveryone>();
  const latestFirst = entries
    .flatMap((entry) => {
      const { userId, except = [], issuedBefore, until } = entry;
      return userId === EVERYONE && issuedBefore ? [{ entry, denial: { except, issuedBefore, until } }] : [];
    })
    .toSorted((a, b) => b.denial.issuedBefore.getTime() - a.denial.issuedBefore.getTime());
  for (const { entry, denial } of latestFirst) {
    const stricter = [...denials.values()].find((other) => deniesAllOf(other, denial));
    denials.set(entry, stricter ?? denial);
  }
  return denials;
}

/** Whether `other` denies everything that `denial` denies. */
function deniesAllOf(other: DeniedEveryone, denial: DeniedEveryone): boolean {
  return (
    toCutoff(other.issuedBefore) >= toCutoff(denial.issuedBefore) &&
    other.except.every((userId) => denial.except.includes(userId))
  );
}

/** Whether the denial of everyone denies all that this denial asks for. */
export function isDeniedToEveryone(denial: ToDeny, { except, issuedBefore }: DeniedEveryone): boolean {
  if ('except' in denial || !denial.issuedBefore) return false;
  return denial.issuedBefore <= issuedBefore && !except.includes(denial.userId);
}
