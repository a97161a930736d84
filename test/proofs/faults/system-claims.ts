import { hashOf } from '../../../local/ground/token-hash.ts';
import type { System } from './system.ts';
import { idsOf, isAlive, isHeld, type Session } from './system-people.ts';
import type { Row } from './system-surroundings.ts';

/** Claims about the system that hold at any time. Each one that does not is reported in words. */
export interface Rows {
  cache: Row[];
  records: Row[];
  denyList: Row[];
}

const HEADER = 'REVOCATION';
const ENDED = ['LOGGED_OUT', 'ALREADY_INVALID'];

export const headersOf = ({ records }: Rows) => records.filter(({ entry }) => entry === HEADER);
const outcomesOf = ({ records }: Rows) => records.filter(({ entry }) => String(entry).startsWith('SESSION#'));
export const millis = (instant: unknown) => Date.parse(String(instant));

/** No record may claim more than is true. */
export function untrueRecords(system: System, sessions: Session[], rows: Rows): string[] {
  const alive = sessions.filter((session) => isAlive(system, session));
  const untried = outcomesOf(rows).filter(
    ({ outcome, attempts }) => outcome === 'ALREADY_INVALID' && attempts === 0,
  );
  return [
    ...endedButAlive(alive, rows),
    ...completedTooSoon(sessions, alive, rows),
    ...untried.map(({ sessionId }) => `${sessionId} is recorded as ALREADY_INVALID without a Logout`),
  ];
}

function endedButAlive(alive: Session[], rows: Rows): string[] {
  return alive.flatMap(({ sessionId }) =>
    outcomesOf(rows)
      .filter((row) => row.sessionId === sessionId && ENDED.includes(String(row.outcome)))
      .map(({ outcome }) => `${sessionId} is alive and recorded as ${outcome}`),
  );
}

/** Of sessions that were accepted before the revocation was requested. */
function completedTooSoon(sessions: Session[], alive: Session[], rows: Rows): string[] {
  const completed = headersOf(rows).filter(isCompletedOfAll);
  return completed.flatMap((header) => {
    const { revocationId, userId, everyone, requestedAt } = header;
    const isExcepted = (id: string) => [header.except ?? []].flat().includes(id);
    if (everyone && !isEveryoneDone(rows, revocationId)) return [];
    const covered = sessions.filter(
      ({ acceptedAt, ...session }) =>
        acceptedAt !== undefined &&
        acceptedAt < millis(requestedAt) &&
        (everyone ? !isExcepted(session.userId) : session.userId === userId),
    );
    const living = covered.filter((session) => alive.includes(session));
    const unrecorded = covered.filter((session) => !isRecorded(rows, session));
    return [
      ...living.map(({ sessionId }) => `${revocationId} is completed and ${sessionId} is alive`),
      ...unrecorded.map(({ sessionId }) => `${revocationId} is completed and ${sessionId} is not recorded`),
    ];
  });
}

/** Whether the revocation covers all sessions of a user, not only one, even one registered under a fence. */
function isCompletedOfAll({ completedAt, sessionId, denial, everyone, sessions }: Row): boolean {
  const isOfOne = sessionId !== undefined || (denial === 'per-user' && !everyone);
  return completedAt !== undefined && !isOfOne && Object(sessions).failed === 0;
}

function isEveryoneDone({ records }: Rows, everyoneId: unknown): boolean {
  const shares = records.filter(
    ({ revocationId, entry }) => revocationId === everyoneId && String(entry).startsWith('USER#'),
  );
  return shares.every(({ done }) => done);
}

export function isCompleted(rows: Rows, id: string): boolean {
  return headersOf(rows).some(
    ({ revocationId, completedAt }) => revocationId === id && completedAt !== undefined,
  );
}

/** Once nothing is queued, all revocations of users and of everyone are done. */
export function openRevocations(rows: Rows): string[] {
  return headersOf(rows)
    .filter(({ sessionId, error, completedAt }) => !sessionId && !error && !completedAt)
    .map(({ revocationId }) => `${revocationId} is not completed`);
}

function isRecorded(rows: Rows, { sessionId }: Session): boolean {
  return outcomesOf(rows).some((row) => row.sessionId === sessionId && ENDED.includes(String(row.outcome)));
}

/** Each accepted session is held, or recorded as ended. */
export function lostSessions(sessions: Session[], rows: Rows): string[] {
  return sessions
    .filter(({ acceptedAt }) => acceptedAt !== undefined)
    .filter((session) => !isHeld(rows.cache, session) && !isRecorded(rows, session))
    .map(({ sessionId }) => `${sessionId} was accepted, and is neither held nor recorded`);
}

/**
 * A success is recorded, unless it or its record was lost. This can be proved only if no fault affected a Logout or
 * refresh of the session, or the writing of one of its outcomes.
 */
export function hiddenSuccesses(system: System, sessions: Session[], rows: Rows): string[] {
  const faults = system.called.filter(({ fate }) => fate !== 'pass');
  return sessions.flatMap((session) => {
    const { sessionId, file } = session;
    const ids = idsOf(system, session);
    const isEndedHere = ids.some((id) =>
      system.emulators
        .requestsAbout(id)
        .some(({ operation, status }) => operation === 'logout' && status === 200),
    );
    const words = [...ids, hashOf(file.refreshToken)];
    const isTouched = faults.some(
      ({ operation, about }) =>
        (['Logout', 'CreateToken'].includes(operation) && words.includes(about)) ||
        (operation === 'PutItem' && about.includes(`SESSION#${sessionId}`)),
    );
    const outcomes = outcomesOf(rows).filter((row) => row.sessionId === sessionId);
    const isTold = outcomes.some(({ outcome }) => outcome === 'LOGGED_OUT');
    return isEndedHere && !isTouched && !isTold ? [`${sessionId} was logged out and is not recorded so`] : [];
  });
}

/** The counts of a completed revocation must match its outcomes. */
export function wrongCounts(rows: Rows): string[] {
  const completed = headersOf(rows).filter(({ completedAt, everyone }) => completedAt && !everyone);
  return completed.flatMap(({ revocationId, sessions }) => {
    const outcomes = outcomesOf(rows).filter((row) => row.revocationId === revocationId);
    const count = (wanted: string) => outcomes.filter(({ outcome }) => outcome === wanted).length;
    const counted = {
      found: outcomes.length,
      loggedOut: count('LOGGED_OUT'),
      alreadyInvalid: count('ALREADY_INVALID'),
      pending: 0,
      failed: count('FAILED'),
    };
    const said = JSON.stringify(Object.entries(Object(sessions)).sort());
    return said === JSON.stringify(Object.entries(counted).sort())
      ? []
      : [`${revocationId} says ${said} and has ${JSON.stringify(counted)}`];
  });
}

/** Once nothing is queued: nobody can find outcomes without a header. */
export function headless(rows: Rows): string[] {
  const known = new Set(headersOf(rows).map(({ revocationId }) => revocationId));
  const without = outcomesOf(rows).filter(({ revocationId }) => !known.has(revocationId));
  return without.map(
    ({ revocationId, sessionId }) => `${revocationId} has no header, and records ${sessionId}`,
  );
}

/** Once nothing is queued: nothing is unfinished, and nothing else than these sessions is held. */
export function leftOvers(rows: Rows, held: Session[]): string[] {
  const expected = new Set(held.map(({ sessionId }) => sessionId));
  // The lease of an abandoned invocation ends by time.
  const isOver = ({ heldUntil }: Row) => heldUntil !== undefined && millis(heldUntil) <= Date.now();
  const left = rows.cache.filter((row) => !/^#FENCE#/.test(String(row.userId)) && !isOver(row));
  return left
    .filter(({ sessionId }) => !expected.has(String(sessionId)))
    .map(({ sessionId }) => `${sessionId} is left in the cache`);
}
