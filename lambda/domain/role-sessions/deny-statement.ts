import type { AssignedRole } from '../denial.ts';
import { ACCOUNT_ID, PERMISSION_SET_ARN, PERMISSION_SET_NAME } from '../ids.ts';

/** A user whose role sessions are denied. */
export interface DeniedUser {
  /** In the letter case of the identity store: policies compare ids exactly. */
  userId: string;
  /** Only role sessions issued before this are denied, so that a newer sign-in is never cut; all of them where absent. */
  issuedBefore?: Date;
  /** The cutoff that a policy had for the user at last: later than the user's own if cutoffs were merged. */
  heldBefore?: Date;
  /** When the denial may leave the policy. */
  until: Date;
}

/** Everybody who came through IAM Identity Center. */
export interface DeniedEveryone {
  /** User ids, in the letter case of the identity store. */
  except: string[];
  issuedBefore: Date;
  until: Date;
}

/** A user whose role sessions of one permission set in one account are denied, as the assignment has ended. */
export interface DeniedAssignment extends DeniedUser {
  assignment: AssignedRole;
  issuedBefore: Date;
}

export type ToDeny = DeniedUser | DeniedAssignment | DeniedEveryone;

/** Stands in every policy, so that its list is never empty. Not of the form of an id, so no user can have it. */
export const PLACEHOLDER = 'nobody';

/** What a statement says besides its users and its cutoff. Denials of one scope and one cutoff share a statement. */
export interface Scope {
  /** Its conditions. `StringEquals` and `DateLessThan` are taken: those say the users and the cutoff. */
  condition: Record<string, unknown>;
  /** Distinct for each scope. */
  key: string;
  /** Of a statement with a cutoff, besides the cutoff itself and the users. */
  characters: number;
}

/** A denial, as a policy says it. */
export interface Item {
  denial: ToDeny;
  scope: Scope;
  /** The user in the list of the statement; undefined where the statement has no list. */
  userId: string | undefined;
  /** In seconds since 1970; undefined where every role session is denied. */
  cutoff: number | undefined;
  /** If there is no room for all, those with the lowest are left out first. */
  worth: number;
  /** What it adds to a statement that is there already. */
  characters: number;
}

const USER_KEY = 'identitystore:UserId';
const ISSUED_KEY = 'aws:TokenIssueTime';
const PRINCIPAL_KEY = 'aws:PrincipalArn';

/** The users who are listed by their id. */
export const USERS = scopeOf({}, { lists: true });

const WORTH = { assignment: 0, signedOut: 1, removed: 2, everyone: 3 } as const;

/** @throws RangeError where a time is no date, or an assignment holds what must not become part of a policy */
export function toItem(denial: ToDeny): Item {
  if ('except' in denial) return everyone(denial);
  return 'assignment' in denial ? assignment(denial) : user(denial);
}

function user(denial: DeniedUser): Item {
  const { userId, issuedBefore, heldBefore } = denial;
  const own = issuedBefore && toCutoff(issuedBefore);
  return {
    denial,
    scope: USERS,
    userId,
    cutoff: own === undefined || !heldBefore ? own : Math.max(own, toCutoff(heldBefore)),
    worth: own === undefined ? WORTH.removed : WORTH.signedOut,
    // With its comma. A new statement has one too, but the first id of its list has none.
    characters: JSON.stringify(userId).length + 1,
  };
}

function everyone(denial: DeniedEveryone): Item {
  const condition = {
    Null: { [USER_KEY]: 'false' },
    // An empty list of values would deny nobody.
    ...(denial.except.length > 0 && { StringNotEquals: { [USER_KEY]: denial.except.toSorted() } }),
  };
  return {
    denial,
    scope: scopeOf(condition, { lists: false }),
    userId: undefined,
    cutoff: toCutoff(denial.issuedBefore),
    worth: WORTH.everyone,
    characters: 0,
  };
}

function assignment(denial: DeniedAssignment): Item {
  const condition = { ArnLike: { [PRINCIPAL_KEY]: roleArnOf(denial.assignment) } };
  return { ...user(denial), scope: scopeOf(condition, { lists: true }), worth: WORTH.assignment };
}

/**
 * The role of a permission set in an account: docs/facts.md § Ending assignments. A name has no slash, so the first `*` stands
 * for no path, or for that of the Region. The id has 16 characters, so no longer name matches.
 */
function roleArnOf({ accountId, permissionSetArn, permissionSetName }: AssignedRole): string {
  const isWellFormed =
    ACCOUNT_ID.test(accountId) &&
    PERMISSION_SET_ARN.test(permissionSetArn) &&
    PERMISSION_SET_NAME.test(permissionSetName);
  if (!isWellFormed) throw new RangeError('An assignment to deny must name an account and a permission set.');
  const [, partition] = permissionSetArn.split(':');
  const name = `AWSReservedSSO_${permissionSetName}_${'?'.repeat(16)}`;
  return `arn:${partition}:iam::${accountId}:role/aws-reserved/sso.amazonaws.com*/${name}`;
}

/** The same for the same denial, whatever its cutoff; distinct from that of any other. */
export function identityOf(scopeKey: string, userId = ''): string {
  return `${scopeKey} ${userId}`;
}

export function isEveryone({ worth }: Item): boolean {
  return worth === WORTH.everyone;
}

/** Gives way to all others. */
export function isAssignment({ worth }: Item): boolean {
  return worth === WORTH.assignment;
}

function scopeOf(condition: Record<string, unknown>, { lists }: { lists: boolean }): Scope {
  const scope = { condition, key: JSON.stringify(condition), characters: 0 };
  const empty = JSON.stringify(toStatement(scope, 0, lists ? [] : undefined)).length - cutoffText(0).length;
  return { ...scope, characters: lists ? empty : empty + 1 };
}

/**
 * aws:TokenIssueTime has whole seconds, so a session issued before the given time may show the same second: rounded up.
 * One issued later in that second is denied too, rather than one that should be denied is not.
 *
 * @throws RangeError for what is no date
 */
export function toCutoff(issuedBefore: Date): number {
  const seconds = Math.ceil(issuedBefore.getTime() / 1000);
  if (Number.isNaN(seconds)) throw new RangeError('A cutoff must be a date.');
  return seconds;
}

/** Of a policy's text; all of them are as long. */
export function cutoffText(cutoff: number): string {
  return new Date(cutoff * 1000).toISOString().replace('.000Z', 'Z');
}

/** @param userIds - undefined for a statement without a list */
export function toStatement(
  { condition }: Pick<Scope, 'condition'>,
  cutoff: number | undefined,
  userIds: string[] | undefined,
): object {
  return {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: {
      ...(userIds && { StringEquals: { [USER_KEY]: userIds } }),
      ...condition,
      ...(cutoff !== undefined && { DateLessThan: { [ISSUED_KEY]: cutoffText(cutoff) } }),
    },
  };
}
