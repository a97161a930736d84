import { type Deadline, hasTimeForPage, untilAnswer } from '../deadline.ts';
import { derivedId } from '../ids.ts';
import { headerOf, type RevokeEveryoneJob, type RevokeUserAsked, revokeUserJob } from '../job.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Clock, JobQueue } from '../ports.ts';
import { NONE, type RevocationHeader } from '../revocation.ts';
import { type Denying, denyEveryone } from '../role-sessions/deny-list.ts';
import type { RevocationRecords, TokenCache, UserFound } from '../stores.ts';

export interface RevokeEveryoneDeps extends Lifetimes {
  clock: Clock;
  tokenCache: Pick<TokenCache, 'scan' | 'noteBegun' | 'noteDone'>;
  records: Pick<RevocationRecords, 'putHeader' | 'putUserShare' | 'complete'>;
  queue: JobQueue;
  /** Undefined if the stack does not deny role sessions. */
  denying: Denying | undefined;
}

/**
 * Enters the denial of everyone, then queues one job for each user with cached sessions. It records a page's users before it
 * queues them: otherwise the revocation of everyone could be complete before each user's is.
 *
 * The recorded header decides what was requested. A job that differs from it changes nothing.
 *
 * @returns undefined if all users are queued. If time ran out, the job that continues. `not-begun` if there was no time for any
 * page: a job that made no progress must not be queued again, or it might queue itself for ever
 */
export async function revokeEveryone(
  deps: RevokeEveryoneDeps,
  job: RevokeEveryoneJob,
  deadline: Deadline,
): Promise<RevokeEveryoneJob | 'not-begun' | undefined> {
  const signal = untilAnswer(deadline);
  // This writes the header only if there is none.
  const asked = await deps.records.putHeader(everyoneHeader(deps, job), signal);
  await deps.tokenCache.noteBegun(job, deps.clock(), signal);
  await denyAll(deps, asked, signal);
  let { cursor } = job;
  let last: UserCounted | undefined;
  for (;;) {
    if (!hasTimeForPage(deadline)) {
      return cursor === job.cursor ? 'not-begun' : { ...job, ...(cursor !== undefined && { cursor }) };
    }
    const { users, next } = await deps.tokenCache.scan(cursor, signal);
    last = await queueUsers(
      deps,
      { ...asked, requestId: job.requestId },
      covered(users, asked),
      last,
      signal,
    );
    if (next === undefined) break;
    cursor = next;
  }
  await deps.records.complete(job.revocationId, { at: deps.clock(), sessions: NONE }, signal);
  await deps.tokenCache.noteDone(job, signal);
  return undefined;
}

type Everyone = Lifetimes & Pick<RevokeEveryoneDeps, 'denying'>;

export function everyoneHeader(deps: Everyone, job: RevokeEveryoneJob): RevocationHeader {
  return headerOf(job, deps, deps.denying ? 'asked' : 'switched-off');
}

/** @param asked - the recorded header */
export async function denyAll(deps: Everyone, asked: RevocationHeader, signal: AbortSignal): Promise<void> {
  const { except = [] } = asked;
  if (deps.denying) await denyEveryone(deps.denying, { ...asked, except }, deps, signal);
}

interface UserCounted {
  userId: string;
  sessions: number;
}

/** The users with a session that was registered by the time of the request, without excepted users. */
function covered(users: UserFound[], { requestedAt, except = [] }: RevocationHeader): UserCounted[] {
  return users
    .filter(({ userId }) => !except.includes(userId))
    .map(({ userId, registeredAt }) => ({
      userId,
      sessions: registeredAt.filter((at) => at <= requestedAt).length,
    }))
    .filter(({ sessions }) => sessions > 0);
}

/**
 * Records and queues the users of one page.
 *
 * @param last - the last user of the page before. If this page has more sessions of that user, their number is added to the
 * record, and the user is not queued again
 * @returns the last user of this page
 */
async function queueUsers(
  deps: RevokeEveryoneDeps,
  { revocationId: everyoneId, ...asked }: RevocationHeader & Pick<RevokeUserAsked, 'requestId'>,
  users: UserCounted[],
  last: UserCounted | undefined,
  signal: AbortSignal,
): Promise<UserCounted | undefined> {
  const idFor = (userId: string) => derivedId('user', 'everyone', everyoneId, userId);
  const isQueued = ({ userId }: UserCounted) => userId === last?.userId;
  const jobs = users
    .filter((user) => !isQueued(user))
    .map(({ userId }) =>
      revokeUserJob({
        source: asked.source,
        requestedBy: asked.requestedBy,
        reason: asked.reason,
        requestId: asked.requestId,
        revocationId: idFor(userId),
        requestedAt: asked.requestedAt,
        userId,
        cause: 'signed-out',
        everyoneId,
        ...(deps.denying && { deniedBy: 'everyone' }),
      }),
    );
  const counted = users.map((user) => ({
    ...user,
    sessions: user.sessions + (isQueued(user) ? (last?.sessions ?? 0) : 0),
  }));
  const shares = counted.map(({ userId, sessions }) => {
    const pending = { ...NONE, found: sessions, pending: sessions };
    return { userId, revocationId: idFor(userId), done: false, at: deps.clock(), sessions: pending };
  });
  await Promise.all(shares.map((share) => deps.records.putUserShare(everyoneId, share, signal)));
  await deps.queue.send(jobs, signal);
  return counted.at(-1) ?? last;
}
