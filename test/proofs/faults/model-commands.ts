import type fc from 'fast-check';
import { derivedId } from '../../../lambda/domain/ids.ts';
import { apiCallEvent, userRemovedEvent } from '../../support/events.ts';
import { pass } from './fault-story.ts';
import type { Model, ModelSession } from './model.ts';
import { differences, wronglyDenied } from './model-agreement.ts';
import { whatBecameOf } from './model-messages.ts';
import type { Message, System } from './system.ts';
import type { Rows } from './system-claims.ts';
import { CALLER, type Registration, registrations, tokensOf } from './system-people.ts';
import type { Surroundings } from './system-surroundings.ts';

export interface Real {
  system: System;
  rows: Surroundings['rows'];
  userIds: string[];
  /** Messages that were done. */
  done: Message[];
  events: number;
}

export type Act = (model: Model, real: Real) => Promise<unknown>;
/** Where an invocation is abandoned. */
export type Crash = { call: number; sent: 'before' | 'after' } | undefined;

export const MINUTE = 60_000;
export const PEOPLE = ['ann', 'ben'];

/** Something that is done to the system, after which it must agree with the model. */
export class Command implements fc.AsyncCommand<Model, Real> {
  readonly #name: string;
  readonly #act: Act;
  readonly #crash: Crash;

  constructor(name: string, act: Act, crash?: Crash) {
    this.#name = name;
    this.#act = act;
    this.#crash = crash;
  }

  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    pass(1_000);
    if (this.#crash) real.system.crashAt(this.#crash.call, this.#crash.sent);
    await this.#act(model, real);
    real.system.crashAt(0, 'before');
    agree(differences(model, real.system, await real.rows()));
  }

  toString(): string {
    const { call, sent } = this.#crash ?? {};
    return this.#name + (call === undefined ? '' : `, abandoned ${sent} call ${call}`);
  }
}

export function agree(wrong: string[]): void {
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

export async function register(
  model: Model,
  { system }: Real,
  session: ModelSession,
  how: Registration,
  body: object = tokensOf(session),
): Promise<void> {
  const { signIns, users } = system.emulators;
  const { userId, file } = session;
  const mayBeRefused = model.isTouched(userId) || users.get(userId)?.status !== 'ENABLED';
  const isAccepted = signIns.userOf(file.accessToken) !== undefined;
  const { status } = await system.ask(how, registrations[how](session, body));
  if (status === 0) {
    session.isMaybeHeld = true;
    if (mayBeRefused) model.mayBeEnded(session);
  } else if (status === 409 && mayBeRefused) {
    // A dead access token is reported, and the session ends when a worker has looked at the report.
    if (isAccepted) model.refused(session);
    else model.mayBeEndedAlone(session.sessionId);
  } else if (status < 300) session.acceptedAt ??= Date.now();
  // The portal takes the access token no more, be it expired or its session over: nothing is held that was not held before.
  else if (status !== 400 || isAccepted) throw new Error(`Registered with ${status}.`);
}

export const some = (model: Model, nth: number) => model.sessions[nth % Math.max(1, model.sessions.length)];

export function ofToken(nth: number, isBare: boolean, isNamed: boolean): Act {
  return async (model, { system }) => {
    const session = some(model, nth);
    if (!session) return;
    const { file, userId, acceptedAt, isRefreshable } = session;
    // An expired access token alone reaches a session only through what is held of it.
    const tokens =
      isBare && (acceptedAt || !isRefreshable) ? { accessToken: file.accessToken } : tokensOf(session);
    const { status, body } = await system.ask('revoke', { body: { ...tokens, ...(isNamed && { userId }) } });
    if (status === 0) return model.mayBeEnded(session);
    if (status !== 200 || body.status !== 'COMPLETED') throw new Error(`Answered with ${status}.`);
    model.ended(session, isNamed);
  };
}

export function ofUser(who: number, key: string | undefined): Act {
  return async (model, { system, userIds, rows }) => {
    const userId = userIds[who] ?? '';
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    const { status, body } = await system.ask('revoke', { body: { userId }, headers });
    if (status === 200) return model.revoked({ revocationId: body.revocationId, userId, removed: false });
    if (status !== 0) throw new Error(`Answered with ${status}.`);
    const begun = begunBy(await rows(), userId, key);
    const unheard = begun.filter((id) => !model.knows(id));
    for (const revocationId of new Set(unheard)) model.mayBeRevoked({ revocationId, userId, removed: false });
  };
}

/** The revocations of the user that an abandoned call may have begun: recorded, noted, or claimed by its key. */
function begunBy({ records, cache }: Rows, userId: string, key: string | undefined): string[] {
  const keyId = key === undefined ? '' : derivedId('key', CALLER.owner, key);
  return [
    ...records.filter((row) => row.userId === userId && !row.sessionId).map((row) => row.revocationId),
    ...records.filter((row) => row.revocationId === keyId).map((row) => row.claimedRevocationId),
    ...cache.filter((row) => String(row.job).includes(userId)).map((row) => row.sessionId),
  ].map(String);
}

export function lift(who: number): Act {
  return async (model, { system, userIds }) => {
    const userId = userIds[who] ?? '';
    const { status } = await system.ask('lift', { pathParameters: { userId } });
    if (status === 0) model.mayBeLifted(userId);
    else if (status === 202) model.lifted(userId, 'all');
    else if (status !== 404 || model.denied().must.has(userId)) throw new Error(`Lifted with ${status}.`);
  };
}

export function tell(kind: 'removed' | 'disabled' | 'enabled' | 'changed', who: number): Act {
  return async (_model, real) => {
    const userId = real.userIds[who] ?? '';
    const { users } = real.system.emulators;
    if (kind === 'disabled') users.disable(userId);
    if (kind === 'enabled') users.enable(userId);
    const event = {
      removed: userRemovedEvent({ userId }),
      disabled: apiCallEvent('sso-directory', 'DisableUser', { userId }),
      enabled: apiCallEvent('sso-directory', 'EnableUser', { userId }),
      changed: apiCallEvent('identitystore', 'UpdateUser', { userId }),
    }[kind];
    real.events += 1;
    real.system.queues.working.removals.send(JSON.stringify({ ...event, id: `event-${real.events}` }));
  };
}

/** @returns whether there was a message */
export async function work(model: Model, { system, done }: Real): Promise<boolean> {
  const worked = await system.work(1);
  for (const message of worked.received) {
    const isDone = worked.done.some(({ body }) => body === message.body);
    whatBecameOf(message.body, system.emulators.users, model, isDone);
    if (isDone) done.push(message);
  }
  return worked.received.length > 0;
}

export async function reconcile(model: Model, { system }: Real): Promise<void> {
  if (await system.reconcile()) agree(wronglyDenied(model, system));
}

/** Everything is redelivered and redriven until nothing is left. */
export async function quiet(model: Model, real: Real): Promise<void> {
  const { redrive, areEmpty } = real.system.queues;
  for (let round = 0; round < 60; round += 1) {
    while ((await work(model, real)) || (await real.system.reconcileIfWoken()));
    redrive();
    if (areEmpty()) return;
    pass(MINUTE);
  }
  throw new Error('The queues do not become empty.');
}
