import { rolesEndAt } from '../access.ts';
import { earliest, later } from '../lifetimes.ts';
import { denialEndsAt } from './denial-end.ts';
import { latest, type Progress, type RecordedRevocation } from './progress.ts';

/**
 * When everything is over that the person had at the request, registered here or not: the one place where that is reckoned.
 *
 * A sign-in session of before the request hands out role sessions for as long as it lives, and each of those lives for as
 * long as its permission set says: docs/facts.md § What a removed person can still do. So the bound is the request, or of a
 * removal when it was first carried out, plus both. A denial does not make it earlier, because no service control policy
 * reaches the management account. What a person gets by a later sign-in is not part of it.
 *
 * - Once all that a removed user had was taken away, nothing is handed out an hour later.
 * - As long as a session may still be alive that is to be ended, it is also not before `now` plus the longest role session.
 * - If nothing is held any more, but a session was finally rejected, that one was held until the completion at the latest.
 * - That of an ended assignment is about the role sessions of one permission set in one account. The portal may hand them out
 *   for an hour after the end.
 * - A revocation of one session is about that session only. If the portal took Logout, it handed out nothing afterwards.
 */
export function mayContinueUntil(recorded: RecordedRevocation, progress: Progress, now: Date): Date {
  const { header, outcomes } = recorded;
  const { maxRoleSessionSeconds } = header;
  if ('assignment' in header.subject) return denialEndsAt(header);
  if ('sessionId' in header.subject && isLoggedOut(recorded))
    return later(latest(outcomes), maxRoleSessionSeconds);
  const bound = later(signInsMayLastUntil(recorded, progress), maxRoleSessionSeconds);
  const ended = mayBeHeld(recorded, progress) ? latestOf(bound, later(now, maxRoleSessionSeconds)) : bound;
  const { takenAt } = header.access ?? {};
  // Whatever sign-in session lives, it hands out nothing that nobody gives the user.
  return takenAt ? earliest(ended, rolesEndAt(takenAt, maxRoleSessionSeconds)) : ended;
}

/** Until when a sign-in session may live that the person had at the request. */
export function signInsMayLastUntil({ header }: RecordedRevocation, { status }: Progress): Date {
  const { requestedAt, removedAt = requestedAt, completion, portalSessionSeconds } = header;
  const from = status === 'FAILED' && completion ? latestOf(removedAt, completion.at) : removedAt;
  return later(from, portalSessionSeconds);
}

function isLoggedOut({ outcomes }: RecordedRevocation): boolean {
  return outcomes.length > 0 && outcomes.every(({ outcome }) => outcome === 'LOGGED_OUT');
}

/** Whether a session that is to be ended may be held, and alive. */
function mayBeHeld({ header }: RecordedRevocation, { status }: Progress): boolean {
  if (status === 'IN_PROGRESS') return true;
  // Of everyone, the completion says that all users are listed, and not that nothing is held.
  return status === 'FAILED' && (header.completion === undefined || 'everyone' in header.subject);
}

function latestOf(a: Date, b: Date): Date {
  return a > b ? a : b;
}
