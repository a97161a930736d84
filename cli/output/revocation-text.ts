import type { Revocation } from '../api/wire.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

/** Whether workers are still working on the revocation. */
export function isUnderWay({ status, access }: Revocation): boolean {
  return status === 'IN_PROGRESS' || access?.status === 'PENDING' || access?.status === 'IN_PROGRESS';
}

/** Returns the exit code for a revocation: the worst one that applies. */
export function exitOf(revocation: Revocation): ExitCode {
  const { status, access } = revocation;
  if (status === 'FAILED' || access?.status === 'FAILED' || access?.status === 'INCOMPLETE')
    return EXIT.failed;
  if (isUnderWay(revocation)) return EXIT.inProgress;
  return status === 'NOTHING_HELD' ? EXIT.nothingHeld : EXIT.done;
}

/** Describes a revocation in a few lines: what ended, what may continue until when, and what a person has to do. */
export function revocationLines(revocation: Revocation): string[] {
  const {
    revocationId,
    status,
    recordedUserName,
    requestedBy,
    requestedAt,
    reason,
    completedAt,
    access,
    next,
    error,
  } = revocation;
  return [
    `${status}  ${revocationId}`,
    `  of ${subjectText(revocation.subject)}${recordedUserName ? ` (${recordedUserName})` : ''}, asked by ${requestedBy} at ${requestedAt}${reason ? `: ${reason}` : ''}`,
    `  sessions: ${countsText(revocation.sessions)}${completedAt ? `; completed at ${completedAt}` : ''}`,
    `  role sessions: ${roleSessionsText(revocation.roleSessions)}`,
    ...(access ? [`  access: ${accessText(access)}`] : []),
    ...(error ? [`  error: ${error}`] : []),
    ...(next ? [`  To do: ${next.detail}`] : []),
  ];
}

export function subjectText(subject: Revocation['subject']): string {
  if ('everyone' in subject) return 'everyone';
  if ('assignment' in subject)
    return `user ${subject.userId}, permission set ${subject.assignment.permissionSetName} in account ${subject.assignment.accountId}`;
  if ('sessionId' in subject) return `session ${subject.sessionId}`;
  return 'userId' in subject ? `user ${subject.userId}` : `user name ${subject.userName}`;
}

export function countsText({
  found,
  loggedOut,
  alreadyInvalid,
  pending,
  failed,
}: Revocation['sessions']): string {
  return `${found} found, ${loggedOut} logged out, ${alreadyInvalid} already invalid, ${pending} pending, ${failed} failed`;
}

/** Logout does not end role sessions, so this says how long they may continue. */
function roleSessionsText(roleSessions: Revocation['roleSessions']): string {
  const { mayContinueUntil, deniedAt, deniedUntil, notDenied, liftedBy } = roleSessions;
  const until = `may continue until ${mayContinueUntil} at the latest`;
  if (notDenied) return `${until}; not denied (${notDenied}${liftedBy ? ` by ${liftedBy}` : ''})`;
  return deniedAt
    ? `${until}; denied since ${deniedAt}${deniedUntil ? `, until ${deniedUntil}` : ''}`
    : until;
}

function accessText({ status, assignments, memberships }: NonNullable<Revocation['access']>): string {
  return `${status}; assignments ${assignments.removed} removed, ${assignments.left} left; memberships ${memberships.removed} removed, ${memberships.left} left`;
}
