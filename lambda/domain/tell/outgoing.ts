import { createHash } from 'node:crypto';
import { type Access, isAccessRemoved } from '../access.ts';
import { SESSION_ID } from '../ids.ts';
import type { OutgoingEvent, OutgoingEventName } from '../outgoing-event.ts';
import { latest, type Progress, progressOf } from '../record/progress.ts';
import type { RevocationHeader } from '../revocation.ts';
import type { Recorded } from '../stores.ts';

/**
 * The event, if the record says that it happened. The same record gives the same event with the same `eventId`, so that a receiver
 * can detect a duplicate.
 */
export function eventOf(name: OutgoingEventName, recorded: Recorded, now: Date): OutgoingEvent | undefined {
  const { header } = recorded;
  if (!header) return undefined;
  switch (name) {
    case 'Revocation Completed':
    case 'Revocation Failed':
      return endOf(name, { ...recorded, header }, now);
    case 'Role Sessions Denied':
      return deniedOf(header);
    case 'Access Removed':
      return header.access && accessRemovedOf(header, header.access);
    case 'Session Refused':
      return refusedOf(header);
  }
}

/** Whether the announced event can no longer happen. */
export function isOverOtherwise(name: OutgoingEventName, { header, ...rest }: Recorded, now: Date): boolean {
  if (!header) return false;
  return name === 'Revocation Failed' && isDone(progressOf({ ...rest, header }, now));
}

type RecordedWithHeader = Recorded & { header: RevocationHeader };

/**
 * The end of the revocation of one user or session. Nothing announces the end of a revocation of everyone. To notice it, each
 * user's revocation would have to read the shares of all others when it ends.
 */
function endOf(name: OutgoingEventName, recorded: RecordedWithHeader, now: Date): OutgoingEvent | undefined {
  const { header, outcomes, users } = recorded;
  const progress = progressOf({ header, outcomes, users }, now);
  const { status, completedAt, sessions } = progress;
  if (isDone(progress) && name === 'Revocation Completed')
    return event(name, header, { status, completedAt: completedAt?.toISOString(), sessions });
  if (status === 'FAILED' && name === 'Revocation Failed')
    return event(name, header, { failedAt: failedAt(recorded).toISOString(), sessions });
  return undefined;
}

function isDone({ status }: Progress): boolean {
  return status === 'COMPLETED' || status === 'NOTHING_HELD';
}

function failedAt({ header, outcomes }: RecordedWithHeader): Date {
  return latest([{ at: header.requestedAt }, ...outcomes]);
}

function deniedOf(header: RevocationHeader): OutgoingEvent | undefined {
  const { deniedAt, deniedUntil, deniedIssuedBefore, notDenied } = header.denied ?? {};
  if (!deniedAt || notDenied) return undefined;
  return event('Role Sessions Denied', header, {
    deniedAt: deniedAt.toISOString(),
    deniedUntil: deniedUntil?.toISOString(),
    deniedIssuedBefore: deniedIssuedBefore?.toISOString(),
  });
}

function accessRemovedOf(header: RevocationHeader, access: Access): OutgoingEvent | undefined {
  const { status, takenAt, assignments, memberships } = access;
  if (!isAccessRemoved(access)) return undefined;
  const times = { takenAt: takenAt?.toISOString() };
  return event('Access Removed', header, { status, ...times, assignments, memberships });
}

/**
 * A session was refused because it was registered under a fence. Its own revocation then leaves the denial to the revocation of
 * the user.
 */
function refusedOf(header: RevocationHeader): OutgoingEvent | undefined {
  const isRefused = header.denial === 'per-user' && SESSION_ID.test(header.revocationId);
  return isRefused
    ? event('Session Refused', header, { refusedAt: header.requestedAt.toISOString() })
    : undefined;
}

/** @param facts - undefined values are left out */
function event(
  name: OutgoingEventName,
  header: RevocationHeader,
  facts: Record<string, unknown>,
): OutgoingEvent {
  const { revocationId, subject, everyoneId, source, requestedAt, error } = header;
  const all = {
    revocationId,
    userId: 'userId' in subject ? subject.userId : undefined,
    everyoneId,
    source,
    requestedAt: requestedAt.toISOString(),
    error,
    ...facts,
  };
  const known = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const eventId = createHash('sha256')
    .update(JSON.stringify([name, known]))
    .digest('base64url');
  return { name, detail: { eventId, revocationId, ...known } };
}
