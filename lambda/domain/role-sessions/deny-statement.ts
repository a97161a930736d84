import type { AssignedRole } from '../denial.ts';
import { ACCOUNT_ID, PERMISSION_SET_ARN, PERMISSION_SET_NAME } from '../ids.ts';

/** A user whose role sessions are denied. */
export interface DeniedUser {
  /** In the letter case of the identity store: policies compare ids exactly. */
  userId: string;
  /** Only role sessions issued before this are denied, so that a newer sign-in works. If absent, all are denied. */
  issuedBefore?: Date;
  /** The cutoff that a policy stated last for the user: later than `issuedBefore` if cutoffs were merged. */
  heldBefore?: Date;
  /** When the denial may leave the policy. */
  until: Date;
}

/** Everybody who signed in through IAM Identity Center, except some users. */
export interface DeniedEveryone {
  /** User ids, in the letter case of the identity store. */
  except: string[];
  issuedBefore: Date;
  until: Date;
}

/** A user whose role sessions of one permission set in one account are denied, because the assignment ended. */
export interface DeniedAssignment extends DeniedUser {
  assignment: AssignedRole;
  issuedBefore: Date;
}

export type ToDeny = DeniedUser | DeniedAssignment | DeniedEveryone;

/** Every policy lists it, so that its list of users is never empty. It does not have the form of a user id, so it denies nobody. */
export const PLACEHOLDER = 'nobody';

/** What a statement states besides its users and its cutoff. Denials with the same scope and cutoff share a statement. */
export interface Scope {
  /** The other conditions. They must not use `StringEquals` and `DateLessThan`, which state the users and the cutoff. */
  condition: Record<string, unknown>;
  /** Unique for each scope. */
  key: string;
  /** The length of a statement with a cutoff, without the cutoff itself and the users. */
  characters: number;
}

/** A denial in the form in which policies state it. */
export interface Item {
  denial: ToDeny;
  scope: Scope;
  /** The user in the list of the statement; undefined if the statement has no list. */
  userId: string | undefined;
  /** In seconds since 1970; undefined if every role session is denied. */
  cutoff: number | undefined;
  /** If there is no room for all, the items with the lowest worth are left out first. */
  worth: number;
  /** By how much it makes an existing statement longer. */
  characters: number;
}

const USER_KEY = 'identitystore:UserId';
const ISSUED_KEY = 'aws:TokenIssueTime';
const PRINCIPAL_KEY = 'aws:PrincipalArn';

/** The scope without other conditions: its statements deny the listed users in every account. */
export const USERS = scopeOf({}, { lists: true });

const WORTH = { assignment: 0, signedOut: 1, removed: 2, everyone: 3 } as const;

/** @throws RangeError if a cutoff is no date, or if a part of an assignment is malformed, and so must not get into a policy */
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
    // With a comma. The first id of a list has none, but a new statement adds one, so the sum is right.
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
 * The role of a permission set in an account: docs/facts.md § Ending assignments. The `*` matches the path of the Region, or
 * nothing. It matches no longer name, because a name has no slash. Each `?` matches one of the 16 characters of the role's id, so
 * a permission set whose name only starts like this one does not match.
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

/** Identifies a denial. Its cutoff does not matter. */
export function identityOf(scopeKey: string, userId = ''): string {
  return `${scopeKey} ${userId}`;
}

export function isEveryone({ worth }: Item): boolean {
  return worth === WORTH.everyone;
}

/** Whether the item gives way to all others. */
export function isAssignment({ worth }: Item): boolean {
  return worth === WORTH.assignment;
}

function scopeOf(condition: Record<string, unknown>, { lists }: { lists: boolean }): Scope {
  const scope = { condition, key: JSON.stringify(condition), characters: 0 };
  const empty = JSON.stringify(toStatement(scope, 0, lists ? [] : undefined)).length - cutoffText(0).length;
  return { ...scope, characters: lists ? empty : empty + 1 };
}

/**
 * Rounds up to a whole second, because aws:TokenIssueTime has whole seconds. Otherwise a session that was issued earlier in the
 * same second would not be denied. A session that was issued later in that second is denied, too.
 *
 * @throws RangeError if it is no date
 */
export function toCutoff(issuedBefore: Date): number {
  const seconds = Math.ceil(issuedBefore.getTime() / 1000);
  if (Number.isNaN(seconds)) throw new RangeError('A cutoff must be a date.');
  return seconds;
}

/** The cutoff as a policy states it. All cutoffs have the same length. */
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
