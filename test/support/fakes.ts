import type { Deadline } from '../../lambda/domain/deadline.ts';
import { DomainError } from '../../lambda/domain/errors.ts';
import type {
  CachedSession,
  LogoutFailed,
  Portal,
  RevocationRecords,
  SessionEnded,
  TokenCache,
} from '../../lambda/domain/ports.ts';
import { type RevocationHeader, type SessionOutcome, worseThan } from '../../lambda/domain/revocation.ts';

export const loggedOut: SessionEnded = { kind: 'ended', outcome: 'LOGGED_OUT', attempts: 1 };
export const alreadyInvalid: SessionEnded = { kind: 'ended', outcome: 'ALREADY_INVALID', attempts: 1 };
export const failed = (why: LogoutFailed['why']): LogoutFailed => ({
  kind: 'failed',
  why,
  failure: { name: 'Fake' },
});

export const storeUnavailable = () =>
  new DomainError('store-unavailable', 'The store is down.', { name: 'Fake' });

export const ampleTime = (): Deadline => ({
  remainingMillis: () => 29_000,
  signal: new AbortController().signal,
});

/** A portal with one answer after the other; the last one stands. */
export function fakePortal(...answers: (SessionEnded | LogoutFailed)[]): Portal {
  return { logout: async () => (answers.length > 1 ? answers.shift() : answers[0]) ?? failed('unavailable') };
}

/** The token cache in memory, by the same contract as the one in DynamoDB. */
export function fakeTokenCache(...sessions: CachedSession[]): TokenCache & { sessions: CachedSession[] } {
  return {
    sessions,
    async find(sessionId) {
      return sessions.find((session) => session.sessionId === sessionId);
    },
    async forget({ userId, sessionId }) {
      const at = sessions.findIndex(
        (session) => session.userId === userId && session.sessionId === sessionId,
      );
      if (at >= 0) sessions.splice(at, 1);
    },
  };
}

/** The revocation records in memory, by the same contract as those in DynamoDB. */
export function fakeRecords(): RevocationRecords {
  const headers = new Map<string, RevocationHeader>();
  const outcomes = new Map<string, Map<string, SessionOutcome>>();
  return {
    async read(revocationId) {
      const rows = [...(outcomes.get(revocationId)?.values() ?? [])];
      rows.sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
      return { header: headers.get(revocationId), outcomes: rows };
    },
    async putHeader(header) {
      const standing = headers.get(header.revocationId);
      if (!standing) headers.set(header.revocationId, header);
      return standing ?? header;
    },
    async putOutcome(revocationId, outcome) {
      const rows = outcomes.get(revocationId) ?? new Map<string, SessionOutcome>();
      outcomes.set(revocationId, rows);
      const standing = rows.get(outcome.sessionId);
      if (standing && !worseThan(outcome.outcome).includes(standing.outcome)) return standing;
      rows.set(outcome.sessionId, outcome);
      return outcome;
    },
  };
}
