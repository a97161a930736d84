import { rolesEndAt } from '../access.ts';
import { earliest, later } from '../lifetimes.ts';
import { denialEndsAt } from './denial-end.ts';
import { latest, type Progress, type RecordedRevocation } from './progress.ts';

/**
 * When everything that the person had at the request has ended, registered here or not. Nothing else computes this time.
 *
 * A sign-in session hands out role sessions while it lives, and each of them lives as long as its permission set says:
 * docs/facts.md § What a removed person can still do. So the bound is the time of the request plus the longest portal session
 * plus the longest role session. For a removal, the time when it was first carried out replaces that of the request. A denial
 * does not make the bound earlier, because no service control policy reaches the management account. What the person gets by a
 * later sign-in is not part of it.
 *
 * - If all access of a removed user was taken away, the portal hands out nothing from an hour later.
 * - While a session that must be ended may be alive, the bound is at least `now` plus the longest role session.
 * - If a session was finally rejected, and nothing is held any more, that session was held until the completion at the latest.
 * - For an ended assignment, the bound is about the role sessions of one permission set in one account. The portal may hand them
 *   out for an hour after the end.
 * - The revocation of one session is about that session only. If the portal accepted Logout, it handed out nothing afterwards.
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
  // A live sign-in session hands out nothing if the user has no access.
  return takenAt ? earliest(ended, rolesEndAt(takenAt, maxRoleSessionSeconds)) : ended;
}

/** Until when a sign-in session that the person had at the request may live. */
export function signInsMayLastUntil({ header }: RecordedRevocation, { status }: Progress): Date {
  const { requestedAt, removedAt = requestedAt, completion, portalSessionSeconds } = header;
  const from = status === 'FAILED' && completion ? latestOf(removedAt, completion.at) : removedAt;
  return later(from, portalSessionSeconds);
}

function isLoggedOut({ outcomes }: RecordedRevocation): boolean {
  return outcomes.length > 0 && outcomes.every(({ outcome }) => outcome === 'LOGGED_OUT');
}

/** Whether a session that must be ended may still be held, and alive. */
function mayBeHeld({ header }: RecordedRevocation, { status }: Progress): boolean {
  if (status === 'IN_PROGRESS') return true;
  // The completion of a revocation of everyone says that all users are listed, and not that nothing is held.
  return status === 'FAILED' && (header.completion === undefined || 'everyone' in header.subject);
}

function latestOf(a: Date, b: Date): Date {
  return a > b ? a : b;
}
