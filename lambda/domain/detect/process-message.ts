import * as v from 'valibot';
import { type Deadline, untilAnswer } from '../deadline.ts';
import { DomainError } from '../errors.ts';
import { Job } from '../job.ts';
import { parse } from '../message.ts';
import { type RevokeEveryoneDeps, revokeEveryone } from '../revoke/revoke-everyone.ts';
import { carryOut } from './carry-out.ts';
import { type EventProcessed, type ProcessEventDeps, processEvent } from './process-event.ts';

/**
 * The queue that a message came from decides what the message may request. So a sender to one queue can do no more than the
 * route or the event of that queue.
 * - `removals`: events, and jobs of `POST /revocations` and of the workers
 * - `bulk`: jobs of the red button, which only sign people out
 */
export type Origin = 'removals' | 'bulk';

export interface ProcessMessageDeps extends ProcessEventDeps, RevokeEveryoneDeps {
  records: ProcessEventDeps['records'];
  tokenCache: ProcessEventDeps['tokenCache'] & RevokeEveryoneDeps['tokenCache'];
  origin: Origin;
}

/** The result of a message. Only `not-ended` and `waiting` are retried. */
export type Processed =
  | EventProcessed
  | { kind: 'fanned-out' | 'continued'; revocationId: string; what: string };

/**
 * Processes a queued message: a job of our own, or an event of EventBridge.
 *
 * @throws DomainError `message-malformed`: a retry cannot help. Any other: retry
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
  if (job.output.kind === 'revoke-user') return carryOut(deps, job.output, 'job', deadline, attempt);
  const { revocationId } = job.output;
  const rest = await revokeEveryone(deps, job.output, deadline).catch(asMalformed);
  if (rest === 'not-begun') return { kind: 'not-ended', revocationId, what: 'everyone' };
  if (rest) await deps.queue.send([rest], untilAnswer(deadline));
  return { kind: rest ? 'continued' : 'fanned-out', revocationId, what: 'everyone' };
}

/** Required: otherwise a caller who may only press the red button could send a removal, and vice versa. */
function mayCome(origin: Origin, job: Job): boolean {
  const isBulk =
    job.kind === 'revoke-everyone' || (job.everyoneId !== undefined && job.cause === 'signed-out');
  return origin === 'bulk' ? isBulk : job.kind === 'revoke-user' && job.everyoneId === undefined;
}

/** A retry cannot repair a cursor that is not ours. */
function asMalformed(error: unknown): never {
  if (!(error instanceof DomainError && error.code === 'cursor-invalid')) throw error;
  throw new DomainError('message-malformed', 'The cursor of the job is none of ours.');
}
