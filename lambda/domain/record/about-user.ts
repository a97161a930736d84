import { asDomainError, DomainError } from '../errors.ts';
import type { Directory, UserStatus } from '../ports.ts';
import type { RevocationHeader } from '../revocation.ts';
import type { Revocation } from './describe-revocation.ts';

/**
 * - `removed`: the person was removed, and the identity store says that they may not sign in. They can do nothing after
 *   `mayActUntil`
 * - `may-sign-in-again`: no removal stands, or the identity store says that the person may sign in. There is no bound
 * - `not-known`: a removal is recorded, but the identity store could not be asked whether it still stands
 * - `never-revoked`: no revocation of the user is recorded
 */
type Why = 'removed' | 'may-sign-in-again' | 'not-known' | 'never-revoked';

/** One answer about all revocations of a user. */
export interface AboutUser {
  userId: string;
  /** The latest time at which the person can act; null if it is not known. ISO 8601 in UTC. */
  mayActUntil: string | null;
  why: Why;
  /** The same in a sentence. */
  detail: string;
  /** The number of revocations that the answer is based on, the latest ones, and whether older ones may exist. */
  considered: { revocations: number; olderMayExist: boolean };
}

export interface LatestRevocations {
  headers: RevocationHeader[];
  olderMayExist: boolean;
}

export interface AboutUserDeps {
  /** Undefined if the stack does not know its identity store. */
  directory: Pick<Directory, 'statusOf'> | undefined;
  describe: (header: RevocationHeader) => Promise<Revocation>;
}

/**
 * The latest time at which the person can act, considering all their revocations.
 *
 * Only a removal bounds this time, and only while the person may not sign in. Records alone cannot say that. The company may have
 * reported a removal that the directory does not have, or somebody may have enabled the person again. So the directory is asked if
 * a recorded removal was not lifted. It is not asked otherwise, because its request rate is for the workers. With several
 * removals the latest bound counts, because the person may have been back in between.
 *
 * @param latest - older revocations are not needed: a removal that stands also bounds what they cover
 * @throws DomainError `store-unavailable`
 */
export async function aboutUser(
  { directory, describe }: AboutUserDeps,
  userId: string,
  { headers, olderMayExist }: LatestRevocations,
  signal: AbortSignal,
): Promise<AboutUser> {
  const removals = headers.filter(isStandingRemoval);
  const verdict = await verdictOf(directory, userId, headers, removals, signal);
  const described = verdict.why === 'removed' ? await Promise.all(removals.map(describe)) : [];
  // In ISO 8601, the order of texts is the order of times.
  const bounds = described.map(({ roleSessions }) => roleSessions.mayContinueUntil).sort();
  return {
    userId,
    mayActUntil: bounds.at(-1) ?? null,
    ...verdict,
    considered: { revocations: headers.length, olderMayExist },
  };
}

async function verdictOf(
  directory: AboutUserDeps['directory'],
  userId: string,
  headers: RevocationHeader[],
  removals: RevocationHeader[],
  signal: AbortSignal,
): Promise<Pick<AboutUser, 'why' | 'detail'>> {
  if (headers.length === 0)
    return { why: 'never-revoked', detail: 'No revocation of this user is recorded.' };
  if (removals.length === 0)
    return mayReturn(
      'No removal stands among the revocations considered, so nothing here keeps this user from signing in.',
    );
  if (!directory)
    return unknown('The stack has no identity store that could say whether the removal stands.');
  const status = await directory.statusOf(userId, signal).catch(asDomainError);
  if (status instanceof DomainError)
    return unknown('The identity store did not say whether the removal stands. Send the same request again.');
  return status === 'enabled'
    ? mayReturn('The identity store says that this user may sign in, whatever was recorded before.')
    : { why: 'removed', detail: `${SAID[status]} ${BOUND}` };
}

const SAID: Record<Exclude<UserStatus, 'enabled'>, string> = {
  disabled: 'The identity store says that this user is disabled.',
  deleted: 'The identity store has no such user any more.',
};
const BOUND =
  'What they had when they were removed is over at mayActUntil: the portal session and the longest role session, registered here or not.';

const mayReturn = (detail: string) => ({ why: 'may-sign-in-again', detail }) as const;
const unknown = (detail: string) => ({ why: 'not-known', detail }) as const;

/** Whether the revocation is a removal that was not lifted. */
function isStandingRemoval({ removedAt, denied }: RevocationHeader): boolean {
  return removedAt !== undefined && denied?.notDenied !== 'lifted' && denied?.liftedBy === undefined;
}
