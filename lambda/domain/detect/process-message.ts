import * as v from 'valibot';
import { type Deadline, untilAnswer } from '../deadline.ts';
import { asDomainError, DomainError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import { Job, type RevokeUserJob, revokeUserJob } from '../job.ts';
import type { Directory, JobQueue } from '../ports.ts';
import { type RevokeEveryoneDeps, revokeEveryone } from '../revoke/revoke-everyone.ts';
import { type RevokeUserDeps, revokeUser } from '../revoke/revoke-user.ts';
import { type LiftDeps, lift } from '../role-sessions/lift.ts';
import { type User, userIdOf } from '../user.ts';
import type { Removal } from './events/decision.ts';
import type { BelievedSenders } from './events/senders.ts';
import { type NamedNobody, namedNobody } from './named-nobody.ts';
import { toRemoval } from './removal.ts';

/**
 * The queue that a message came from, which decides what it may ask for: whoever may send to one of them can do no more than
 * its route or its event can.
 * - `removals`: events, and jobs of `POST /revocations` and of the workers
 * - `bulk`: jobs of the red button, which only sign people out
 */
export type Origin = 'removals' | 'bulk';

export interface ProcessMessageDeps extends RevokeUserDeps, RevokeEveryoneDeps, LiftDeps {
  records: RevokeUserDeps['records'];
  tokenCache: RevokeUserDeps['tokenCache'] & RevokeEveryoneDeps['tokenCache'] & LiftDeps['tokenCache'];
  /** Absent where the stack does not know its identity store. */
  directory: Directory | undefined;
  origin: Origin;
  /** Where the message came from: what is left of a job goes there again. */
  queue: JobQueue;
  /** Whose events are believed. */
  senders: BelievedSenders;
}

/** What became of a message. All but `not-ended` are done with it. */
export type Processed =
  | { kind: 'revoked' | 'continued' | 'not-ended' | 'fanned-out'; revocationId: string; what: string }
  | { kind: 'lifted'; denials: number; what: string }
  | { kind: 'ignored'; why: string }
  | NamedNobody;

/**
 * Does what a queued message asks for: a job of our own, or an event of EventBridge.
 *
 * @throws DomainError `message-malformed`: it will never be understood. Any other: to be repeated.
 */
export async function processMessage(
  deps: ProcessMessageDeps,
  body: string,
  deadline: Deadline,
  attempt: { lastAttempt: boolean },
): Promise<Processed> {
  const message = parse(body);
  const job = v.safeParse(Job, message);
  if (deps.origin === 'removals' && !job.success) return processEvent(deps, message, deadline, attempt);
  if (!job.success || !mayCome(deps.origin, job.output)) {
    throw new DomainError('message-malformed', `The queue of ${deps.origin} takes no such message.`);
  }
  if (job.output.kind === 'revoke-user') return run(deps, job.output, 'job', deadline, attempt);
  const { revocationId } = job.output;
  const rest = await revokeEveryone(deps, job.output, deadline).catch(asMalformed);
  if (rest) await deps.queue.send([rest], untilAnswer(deadline));
  return { kind: rest ? 'continued' : 'fanned-out', revocationId, what: 'everyone' };
}

/** Whoever may only press the red button may not send a removal, and the other way round. */
function mayCome(origin: Origin, job: Job): boolean {
  const isBulk =
    job.kind === 'revoke-everyone' || (job.everyoneId !== undefined && job.cause === 'signed-out');
  return origin === 'bulk' ? isBulk : job.kind === 'revoke-user' && job.everyoneId === undefined;
}

/** A cursor that is none of ours will not become one. */
function asMalformed(error: unknown): never {
  if (!(error instanceof DomainError && error.code === 'cursor-invalid')) throw error;
  throw new DomainError('message-malformed', 'The cursor of the job is none of ours.');
}

async function processEvent(
  deps: ProcessMessageDeps,
  event: unknown,
  deadline: Deadline,
  attempt: { lastAttempt: boolean },
): Promise<Processed> {
  const signal = untilAnswer(deadline);
  const removal = toRemoval(event, deps.senders);
  switch (removal.kind) {
    case 'malformed':
      throw new DomainError('message-malformed', removal.why);
    case 'ignore':
      return { kind: 'ignored', why: removal.why };
    case 'ask': {
      if (!deps.directory)
        return { kind: 'ignored', why: 'only the identity store could tell, and the stack has none' };
      const { userId, eventId, description } = removal;
      const status = await deps.directory.statusOf(userId, signal);
      if (status === 'enabled') return { kind: 'ignored', why: 'the user may still sign in' };
      const job = jobOf(deps, userId, { eventId, cause: status, description });
      return run(deps, job, description, deadline, attempt);
    }
    case 'return': {
      if (!deps.directory)
        return { kind: 'ignored', why: 'only the identity store could tell, and the stack has none' };
      // Events come late and in any order: the user may have been disabled again since.
      const status = await deps.directory.statusOf(removal.userId, signal);
      if (status !== 'enabled') return { kind: 'ignored', why: 'the user may not sign in any more' };
      return welcomeBack(deps, removal, signal);
    }
    case 'revoke': {
      const { user, description } = removal;
      const userId = await findUser(deps, user, signal);
      if (userId === undefined) return namedNobody(deps, removal, signal);
      const isBack = removal.cause === 'disabled' && (await isEnabled(deps, userId, signal));
      const cause = isBack ? 'signed-out' : removal.cause;
      const job = jobOf(deps, userId, { ...removal, cause });
      return run(deps, job, description, deadline, attempt);
    }
  }
}

/** The user may sign in, so neither fence nor denial of a removal is to stand. */
async function welcomeBack(
  deps: LiftDeps,
  { userId, description }: { userId: string; description: string },
  signal: AbortSignal,
): Promise<Processed> {
  try {
    const denials = await lift(deps, { userId, by: description, what: 'removals' }, signal);
    return { kind: 'lifted', denials, what: description };
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'not-denied')) throw error;
    return { kind: 'ignored', why: 'the user may sign in, and nothing is denied or refused for a removal' };
  }
}

/** Whether a user who was disabled has been enabled since: events come late. Who is not known to have been, has not. */
async function isEnabled(
  { directory }: ProcessMessageDeps,
  userId: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (!directory) return false;
  const status = await directory.statusOf(userId, signal).catch(asDomainError);
  return status === 'enabled';
}

/** Undefined when there is no such user. A removal that cannot be looked up for want of a directory is not ignored: it fails. */
async function findUser(
  { directory }: ProcessMessageDeps,
  user: User,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await userIdOf(directory, user, signal);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'user-not-found') return undefined;
    throw error;
  }
}

function jobOf(
  { clock }: ProcessMessageDeps,
  userId: string,
  removal: Pick<RevokeUserJob, 'cause'> & Pick<Removal, 'eventId' | 'description' | 'reason'>,
): RevokeUserJob {
  const { eventId, cause, reason, description } = removal;
  return revokeUserJob({
    // Redelivery repeats the event's id, so it is the same revocation.
    revocationId: derivedId('user', 'event', userId, eventId),
    source: 'event',
    requestedBy: description,
    reason,
    requestedAt: clock(),
    userId,
    cause,
  });
}

async function run(
  deps: ProcessMessageDeps,
  job: RevokeUserJob,
  what: string,
  deadline: Deadline,
  attempt: { lastAttempt: boolean },
): Promise<Processed> {
  const { revocationId } = job;
  const result = await revokeUser(deps, job, deadline, attempt);
  if (result === 'out-of-time') {
    await deps.queue.send([job], untilAnswer(deadline));
    return { kind: 'continued', revocationId, what };
  }
  return { kind: result === 'completed' ? 'revoked' : 'not-ended', revocationId, what };
}

/** @throws DomainError `message-malformed` */
export function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new DomainError('message-malformed', 'The message is no JSON.');
  }
}
