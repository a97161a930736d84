import type { Deadline } from '../../lambda/domain/deadline.ts';
import type { Origin } from '../../lambda/domain/detect/process-message.ts';
import { DomainError } from '../../lambda/domain/errors.ts';
import type { Job } from '../../lambda/domain/job.ts';
import type {
  Acceptance,
  Directory,
  DirectoryListing,
  JobQueue,
  LogoutFailed,
  Opener,
  Portal,
  RefreshResult,
  ReportQueue,
  Sealer,
  SessionEnded,
  TokenService,
} from '../../lambda/domain/ports.ts';
import type { Report } from '../../lambda/domain/report.ts';
import {
  type RevocationHeader,
  replaceableBy,
  type SessionOutcome,
  type UserShare,
} from '../../lambda/domain/revocation.ts';
import type { Denying } from '../../lambda/domain/role-sessions/deny-list.ts';
import type { Lifting } from '../../lambda/domain/role-sessions/lift.ts';
import type { CachedSession, HeldSession, SessionTokens } from '../../lambda/domain/session.ts';
import type { Regions } from '../../lambda/domain/sessions/end-session.ts';
import type {
  BegunJob,
  DenyList,
  Fence,
  KeyClaim,
  Lease,
  RevocationRecords,
  TokenCache,
} from '../../lambda/domain/stores.ts';
import type { Watch } from '../../lambda/domain/watch.ts';
import type { PersonSettings } from '../../lambda/requests/person.ts';
import { SENDERS } from './events.ts';

export const loggedOut: SessionEnded = { kind: 'ended', outcome: 'LOGGED_OUT', attempts: 1 };
export const alreadyInvalid: SessionEnded = { kind: 'ended', outcome: 'ALREADY_INVALID', attempts: 1 };
export const failed = (why: LogoutFailed['why']): LogoutFailed => ({
  kind: 'failed',
  why,
  failure: { name: 'Fake' },
  attempts: 3,
});

export const accepted: Acceptance = { kind: 'accepted' };
export const rejected: Acceptance = {
  kind: 'rejected',
  failure: { name: 'UnauthorizedException', status: 401 },
};

export const storeUnavailable = () =>
  new DomainError('store-unavailable', 'The store is down.', { name: 'Fake' });

export const ampleTime = (): Deadline => ({
  remainingMillis: () => 29_000,
  signal: new AbortController().signal,
});

/** A portal that accepts every token, and gives these answers to Logout in turn. The last one repeats. */
export function fakePortal(...answers: (SessionEnded | LogoutFailed)[]): Portal {
  return {
    accepts: async () => accepted,
    logout: async () => (answers.length > 1 ? answers.shift() : answers[0]) ?? failed('unavailable'),
  };
}

/** A token service that refuses, unless it is given an answer. */
export function fakeTokenService(answer?: RefreshResult): TokenService {
  return { refresh: async () => answer ?? { kind: 'refused', failure: { name: 'InvalidGrantException' } } };
}

/**
 * The identity store. A user who is not in it is deleted. A user without a name has the id as name. Lists two a page.
 */
export function fakeDirectory(
  users: Record<string, 'enabled' | 'disabled'> = {},
  names: Record<string, string> = {},
): Directory & DirectoryListing {
  return {
    async userIdOf(userName) {
      const userId = names[userName.toLowerCase()] ?? (userName in users ? userName : undefined);
      if (userId !== undefined) return userId;
      throw new DomainError('user-not-found', 'No such user.');
    },
    statusOf: async (userId) => users[userId] ?? 'deleted',
    async userOf(userId) {
      const status = users[userId];
      const [userName = userId] = Object.entries(names).find(([, id]) => id === userId) ?? [];
      return status ? { status, userName } : { status: 'deleted' };
    },
    async page(cursor = '0') {
      const [from, all] = [Number(cursor), Object.entries(users)];
      const listed = all.slice(from, from + 2).map(([userId, status]) => ({ userId, status }));
      return { users: listed, ...(from + 2 < all.length && { next: String(from + 2) }) };
    },
  };
}

export function fakeQueue(): JobQueue & { jobs: Job[] } {
  const jobs: Job[] = [];
  return { jobs, send: async (sent) => void jobs.push(...sent) };
}

export function fakeReports(): ReportQueue & { sent: Report[] } {
  const sent: Report[] = [];
  return { sent, send: async (reports) => void sent.push(...reports) };
}

/** Stores the tokens: a ciphertext is their number, and can be opened only for the row that it was made for. */
export function fakeCipher(): Sealer & Opener {
  const kept: { tokens: SessionTokens; row: CachedSession }[] = [];
  return {
    seal: async (tokens, { userId, sessionId }) => {
      kept.push({ tokens, row: { userId, sessionId } });
      return { ciphertext: new Uint8Array([kept.length - 1]), dataKey: new Uint8Array([1]) };
    },
    async open({ ciphertext }, { userId, sessionId }) {
      const found = kept[ciphertext[0] ?? -1];
      if (found && found.row.userId === userId && found.row.sessionId === sessionId) return found.tokens;
      throw new DomainError('ciphertext-invalid', 'Not the row it was made for.');
    },
  };
}

export type FakeCache = TokenCache & {
  sessions: HeldSession[];
  notes: (BegunJob & { isQueued?: boolean })[];
  fences: Map<string, Fence & { askedAt?: Date; loweredAt?: Date }>;
  leases: Map<string, Lease>;
};

function isLowered({ askedAt, loweredAt }: { askedAt?: Date; loweredAt?: Date }): boolean {
  return loweredAt !== undefined && (!askedAt || askedAt <= loweredAt);
}

/** The token cache in memory, by the same contract as in DynamoDB. */
export function fakeCache(...held: HeldSession[]): FakeCache {
  const sessions = [...held];
  const notes: FakeCache['notes'] = [];
  const leases: FakeCache['leases'] = new Map();
  const fences: FakeCache['fences'] = new Map();
  const indexOf = ({ userId, sessionId }: CachedSession) =>
    sessions.findIndex((session) => session.userId === userId && session.sessionId === sessionId);
  const forget = (session: CachedSession) => {
    const at = indexOf(session);
    if (at >= 0) sessions.splice(at, 1);
  };
  const page: TokenCache['page'] = async (userId, { limit, after = '' }) =>
    sessions
      .filter((session) => session.userId === userId && session.sessionId > after)
      .sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1))
      .slice(0, limit);
  const forgetNote = (revocationId: string) =>
    notes.splice(0, notes.length, ...notes.filter((note) => note.job.revocationId !== revocationId));
  return {
    sessions,
    notes,
    fences,
    leases,
    async find(sessionId) {
      const found = sessions.filter((session) => session.sessionId === sessionId);
      return found.map(({ userId }) => ({ userId, sessionId }));
    },
    forget: async (session) => forget(session),
    forgetAll: async (all) => all.forEach(forget),
    async hold(session) {
      const at = indexOf(session);
      if (at < 0) sessions.push(session);
      else if (sessions[at]?.refreshable === false) sessions[at] = session;
      return at >= 0 ? 'known' : 'new';
    },
    held: async (session) => sessions[indexOf(session)],
    async replace(session) {
      const at = indexOf(session);
      if (at >= 0) sessions[at] = session;
    },
    page,
    userNameOf: async (userId) =>
      sessions.find((session) => session.userId === userId && session.userName)?.userName,
    async list(userId, which, signal) {
      const found = await page(userId, which, signal);
      return found.map(
        ({ sealed: _, accessTokenExpiresAt: __, userId: ___, userName: ____, ...metadata }) => metadata,
      );
    },
    async raiseFence(userId, fence) {
      const standing = fences.get(userId);
      const { loweredAt } = standing ?? {};
      if (loweredAt && loweredAt >= fence.askedAt) return;
      if (!standing || isLowered(standing) || standing.until < fence.until)
        fences.set(userId, { ...fence, ...(loweredAt && { loweredAt }) });
    },
    loweredAt: async (userId) => fences.get(userId)?.loweredAt,
    async fence(userId) {
      const fence = fences.get(userId);
      return fence && !isLowered(fence) ? fence : undefined;
    },
    async lowerFence(userId, { at, isNoted }) {
      const standing = fences.get(userId);
      if (!standing && !isNoted) return false;
      if (standing?.loweredAt && standing.loweredAt >= at) return false;
      const none = { until: new Date(0), coveredUntil: new Date(0) };
      fences.set(userId, { ...none, ...standing, loweredAt: at });
      return (
        standing !== undefined &&
        !isLowered(standing) &&
        standing.until > at &&
        (standing.askedAt ?? at) <= at
      );
    },
    async takeLease(userId, lease, at) {
      const standing = leases.get(userId);
      const latest = new Date(at.getTime() + 15 * 60_000);
      const isOver = !standing || standing.until <= at || standing.until > latest;
      const isFree = isOver || standing.holder === lease.holder;
      if (isFree) leases.set(userId, lease);
      return isFree;
    },
    async returnLease(userId, { holder }) {
      if (leases.get(userId)?.holder === holder) leases.delete(userId);
    },
    async noteBegun(job, at) {
      const { isQueued = false } = notes.find((note) => note.job.revocationId === job.revocationId) ?? {};
      forgetNote(job.revocationId);
      notes.push({ job, at, ...(isQueued && { isQueued }) });
    },
    async noteQueued({ revocationId }) {
      for (const note of notes) if (note.job.revocationId === revocationId) note.isQueued = true;
    },
    noteDone: async ({ revocationId }) => void forgetNote(revocationId),
    async noted(kind, revocationId) {
      const note = notes.find(({ job }) => job.kind === kind && job.revocationId === revocationId);
      return note && { job: note.job, isQueued: note.isQueued ?? false };
    },
    begun: async () => ({ jobs: [...notes], unreadable: 0 }),
    async scan() {
      const users = Map.groupBy(sessions, ({ userId }) => userId);
      return {
        users: [...users].map(([userId, own]) => ({
          userId,
          registeredAt: own.map(({ registeredAt }) => registeredAt),
        })),
      };
    },
    holders: async () => ({
      sessions: sessions.length,
      holding: new Set(sessions.map(({ userId }) => userId)),
      fenced: new Set(fences.keys()),
    }),
    async fencesOf(userIds) {
      return userIds.flatMap((userId) => {
        const fence = fences.get(userId);
        if (!fence || isLowered(fence)) return [];
        return [{ userId, until: fence.until, coveredUntil: fence.coveredUntil }];
      });
    },
  };
}

/** The revocation records in memory, by the same contract as in DynamoDB. */
export function fakeRecords(): RevocationRecords {
  const headers = new Map<string, RevocationHeader>();
  const outcomes = new Map<string, Map<string, SessionOutcome>>();
  const users = new Map<string, Map<string, UserShare>>();
  const claims = new Map<string, KeyClaim>();
  const putOutcome: RevocationRecords['putOutcome'] = async (revocationId, outcome) => {
    const rows = outcomes.get(revocationId) ?? new Map<string, SessionOutcome>();
    outcomes.set(revocationId, rows);
    const standing = rows.get(outcome.sessionId);
    if (standing && !replaceableBy(outcome.outcome).includes(standing.outcome)) return standing;
    rows.set(outcome.sessionId, outcome);
    return outcome;
  };
  return {
    putOutcome,
    async byUser(userId, { limit }) {
      const own = [...headers.values()].filter(
        ({ subject }) => 'userId' in subject && subject.userId === userId,
      );
      own.sort((a, b) => b.requestedAt.getTime() - a.requestedAt.getTime());
      return { headers: own.slice(0, limit) };
    },
    async byTime({ from, to }, { limit, cursor }) {
      const within = [...headers.values()]
        .filter(({ requestedAt }) => requestedAt >= from && requestedAt < to)
        .sort((a, b) => b.requestedAt.getTime() - a.requestedAt.getTime());
      const rest = within.slice(within.findIndex(({ revocationId }) => revocationId === cursor) + 1);
      const next = rest.length > limit ? rest[limit - 1]?.revocationId : undefined;
      return { headers: rest.slice(0, limit), ...(next !== undefined && { next }) };
    },
    keyClaim: async (keyId) => claims.get(keyId),
    async claimKey(keyId, claim, since) {
      const standing = claims.get(keyId);
      if (standing && standing.at > since) return standing;
      claims.set(keyId, claim);
      return claim;
    },
    async read(revocationId) {
      const rows = [...(outcomes.get(revocationId)?.values() ?? [])];
      rows.sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
      const shares = [...(users.get(revocationId)?.values() ?? [])];
      return { header: headers.get(revocationId), outcomes: rows, users: shares, access: [] };
    },
    async putHeader(header) {
      const standing = headers.get(header.revocationId);
      if (!standing) headers.set(header.revocationId, header);
      return standing ?? header;
    },
    async putOutcomes(revocationId, all, signal) {
      for (const outcome of all) await putOutcome(revocationId, outcome, signal);
    },
    async complete(revocationId, completion) {
      const header = headers.get(revocationId);
      if (!header) throw storeUnavailable();
      headers.set(revocationId, { completion, ...header });
    },
    async noteRemoved(revocationId, { at: removedAt, access }) {
      const header = headers.get(revocationId);
      if (header) headers.set(revocationId, { removedAt, ...(access && { access }), ...header });
    },
    async putDenied(revocationId, denied) {
      const header = headers.get(revocationId);
      if (header) headers.set(revocationId, { ...header, denied });
      return header !== undefined;
    },
    async putUserShare(revocationId, share) {
      const rows = users.get(revocationId) ?? new Map<string, UserShare>();
      users.set(revocationId, rows);
      if (!rows.get(share.userId)?.done) rows.set(share.userId, share);
    },
  };
}

/** All dependencies of the capabilities, in memory. A test replaces those that it is about. */
export function fakeWorld(startsAt = Date.UTC(2026, 0, 1)) {
  let second = 0;
  const cache = fakeCache();
  const cipher = fakeCipher();
  return {
    /** A second later at each reading. */
    clock: () => new Date(startsAt + second++ * 1_000),
    portal: fakePortal(loggedOut),
    tokenService: fakeTokenService(),
    cache,
    tokenCache: cache as TokenCache,
    records: fakeRecords(),
    sealer: cipher as Sealer,
    opener: cipher as Opener,
    directory: fakeDirectory() as Directory | undefined,
    queue: fakeQueue() as JobQueue & { jobs: Job[] },
    reports: fakeReports() as ReportQueue & { sent: Report[] },
    origin: 'removals' as Origin,
    portalRegions: ['eu-west-1'] as Regions,
    watch: { rejected: () => {}, over: () => {} } as Watch,
    pace: async () => {},
    denying: undefined as (Denying & Lifting) | undefined,
    lifting: undefined as Lifting | undefined,
    /** The entries that the sweep reads. */
    denied: undefined as Pick<DenyList, 'entries'> | undefined,
    concurrency: 5,
    maxRoleSessionSeconds: 12 * 3600,
    portalSessionSeconds: 8 * 3600,
    senders: SENDERS,
    maxSessionsPerUser: 50,
    breakGlassUserIds: [] as string[],
    persons: {} as PersonSettings,
  };
}

export type World = ReturnType<typeof fakeWorld>;
