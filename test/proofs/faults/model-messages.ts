import { isRemoval } from '../../../lambda/domain/cause.ts';
import { EVERYONE } from '../../../lambda/domain/denial.ts';
import { derivedId } from '../../../lambda/domain/ids.ts';
import { changeOf } from '../../support/events.ts';
import type { Model, Word } from './model.ts';
import { isForged } from './model-attackers.ts';
import { isCompleted, type Rows } from './system-claims.ts';

/** Tells the model of a message that a worker got. @param isDone - the message will not return */
export function whatBecameOf(body: string, model: Model, rows: Rows, isDone: boolean): void {
  const message = JSON.parse(body);
  if (message.kind === 'revoke-user') ran(message, model, rows);
  else if (message.kind === 'revoke-everyone') deniedEveryone(message, model, isDone);
  else if (message.kind === 'back') back(model, message.userId, Date.now(), isDone);
  else if (message.kind === undefined && !isForged(message)) told(message, model, rows, isDone);
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of a job, or of an event.
type Message = any;

function ran({ revocationId, userId, sessionId, ...job }: Message, model: Model, rows: Rows): void {
  const isOver = isCompleted(rows, revocationId);
  if (sessionId !== undefined) {
    const [session] = model.sessions.filter((each) => each.sessionId === sessionId);
    if (session) (isOver ? model.refused : model.mayBeRefused)(session);
    return;
  }
  const word: Word = job.cause === 'removed' ? 'company' : isRemoval(job.cause) ? 'directory' : 'sign-out';
  // A job of one user in the red button covers what the red button covers, whatever the job says.
  const at = model.askedAt(job.everyoneId) ?? Date.parse(job.requestedAt);
  model.asked({ revocationId, userId, at, word, isDeniedAsEveryone: job.deniedBy === EVERYONE });
  model.ran(revocationId, isOver);
}

/** Before anybody is signed out. */
function deniedEveryone({ revocationId, requestedAt }: Message, model: Model, isSure: boolean): void {
  const at = model.askedAt(revocationId) ?? Date.parse(requestedAt);
  model.denials.deny({ revocationId, userId: EVERYONE, at, word: 'sign-out' }, 'older', isSure);
}

function told(event: Message, model: Model, rows: Rows, isDone: boolean): void {
  const { eventName = event['detail-type'], requestParameters = event.detail } = event.detail;
  const { userId } = requestParameters;
  // Events have whole seconds.
  const at = Math.min(Date.parse(event.time) + 999, Date.now());
  const isEnabled = model.directory.isEnabled(userId);
  if (eventName === 'EnableUser') {
    if (isEnabled) model.lifted(userId, { what: 'removals', until: at, isSure: isDone });
    return;
  }
  const isQuestion = eventName === 'UpdateUser' || eventName === 'User Updated';
  if (!isQuestion || model.directory.mayBeGone(userId)) {
    const revocationId = derivedId('user', 'event', userId, changeOf(event));
    model.asked({ revocationId, userId, at, word: eventName === 'User Removed' ? 'company' : 'directory' });
    model.ran(revocationId, isCompleted(rows, revocationId));
  }
  if (isQuestion && isEnabled) back(model, userId, Date.now(), isDone && !model.directory.mayBeGone(userId));
}

/** The directory was asked, and may have contradicted removals. */
function back(model: Model, userId: string, until: number, isSure: boolean): void {
  if (model.directory.isEnabled(userId)) model.lifted(userId, { what: 'contradicted', until, isSure });
}
