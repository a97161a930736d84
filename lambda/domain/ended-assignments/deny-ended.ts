import { type Lifetimes, later } from '../lifetimes.ts';
import type { PermissionSet, Reconciler } from '../ports.ts';
import type { DenyList, RevocationRecords } from '../stores.ts';
import type { UserNames } from '../user-names.ts';
import type { EndedAssignment } from './deleted-assignment.ts';

export interface DenyEndedDeps extends Lifetimes {
  records: Pick<RevocationRecords, 'putHeader'>;
  /** Absent where the stack records no user names. */
  names?: UserNames | undefined;
  denying: { list: Pick<DenyList, 'enter' | 'entriesOf'>; reconciler: Reconciler };
}

/**
 * Records the revocation, and has the role sessions denied that were issued before. The record comes first: the reconciler
 * tells it what became of the denial.
 *
 * @throws DomainError `store-unavailable`, `queue-unavailable`: repeat
 */
export async function denyEnded(
  { records, names, denying, portalSessionSeconds, maxRoleSessionSeconds }: DenyEndedDeps,
  ended: EndedAssignment,
  { name, sessionSeconds = maxRoleSessionSeconds }: PermissionSet,
  issuedBefore: Date,
  signal: AbortSignal,
): Promise<void> {
  const { userId, revocationId, accountId, permissionSetArn, happenedAt } = ended;
  const assignment = { accountId, permissionSetArn, permissionSetName: name };
  const recordedUserName = await names?.of(userId, { revocationId, directory: true }, signal);
  await records.putHeader(
    {
      revocationId,
      subject: { userId, assignment },
      source: 'event',
      requestedBy: ended.description,
      requestedAt: happenedAt,
      ...(recordedUserName !== undefined && { recordedUserName }),
      portalSessionSeconds,
      // Of this permission set: no other role session is meant.
      maxRoleSessionSeconds: sessionSeconds,
      denial: 'asked',
    },
    signal,
  );
  const entry = {
    userId,
    revocationId,
    cause: 'assignment-ended' as const,
    askedAt: happenedAt,
    assignment,
    issuedBefore,
    until: later(issuedBefore, sessionSeconds),
  };
  // Side by side: the reconciler begins some seconds after it is woken.
  await Promise.all([denying.list.enter(entry, signal), denying.reconciler.wake(signal)]);
}
