import type fc from 'fast-check';
import { derivedId } from '../../../lambda/domain/ids.ts';
import { apiCallEvent, userRemovedEvent } from '../../support/events.ts';
import { pass } from './fault-story.ts';
import type { Model, ModelSession } from './model.ts';
import { differences, wronglyDenied } from './model-agreement.ts';
import { whatBecameOf } from './model-messages.ts';
import type { System } from './system.ts';
import { tokensOf } from './system-people.ts';
import type { Surroundings } from './system-surroundings.ts';

export interface Real {
  system: System;
  rows: Surroundings['rows'];
  userIds: string[];
  /** Bodies of messages that were done. */
  done: string[];
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

export async function register(model: Model, { system }: Real, session: ModelSession): Promise<void> {
  const body = { ...tokensOf(session), userId: session.userId };
  const { status } = await system.ask('register', { body });
  if (status === 0) {
    session.isMaybeHeld = true;
    if (model.isTouched(session.userId)) model.mayBeEnded(session);
  } else if (status === 409 && model.isTouched(session.userId)) model.refused(session);
  else if (status < 300) session.acceptedAt ??= Date.now();
  // An hour later nothing is left to be held of an access token alone; eight hours later nothing at all.
  else if (status !== 400 || Date.now() < session.endsAt) throw new Error(`Registered with ${status}.`);
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
    const { records, cache } = await rows();
    const begun = [
      ...records
        .filter((row) => row.userId === userId && !row.sessionId)
        .map((row) => String(row.revocationId)),
      ...cache
        .filter((row) => row.userId === userId)
        .map((row) => String(row.sessionId).split('#JOB#')[1] ?? ''),
    ];
    const unheard = begun.filter((id) => id !== '' && !model.knows(id));
    const own = key === undefined ? [] : [derivedId('http', key, userId)];
    for (const revocationId of new Set([...unheard, ...own]))
      model.mayBeRevoked({ revocationId, userId, removed: false });
  };
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
    real.system.queues.main.send(JSON.stringify({ ...event, id: `event-${real.events}` }));
  };
}

/** @returns whether there was a message */
export async function work(model: Model, { system, done }: Real): Promise<boolean> {
  const worked = await system.work(1);
  for (const body of worked.received) {
    const isDone = worked.done.includes(body);
    whatBecameOf(body, system.emulators.users, model, isDone);
    if (isDone) done.push(body);
  }
  return worked.received.length > 0;
}

export async function reconcile(model: Model, { system }: Real): Promise<void> {
  if (await system.reconcile()) agree(wronglyDenied(model, system));
}

/** Everything is redelivered and redriven until nothing is left. */
export async function quiet(model: Model, real: Real): Promise<void> {
  const { main, dead, denyList, redrive } = real.system.queues;
  for (let round = 0; round < 60; round += 1) {
    while ((await work(model, real)) || (await real.system.reconcileIfWoken()));
    redrive();
    const left = [main, dead, denyList].map((queue) => queue.counts());
    if (left.every(({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0)) return;
    pass(MINUTE);
  }
  throw new Error('The queues do not become empty.');
}
