import type fc from 'fast-check';
import { EVERYONE } from '../../../lambda/domain/denial.ts';
import { MINUTE, type Model, type ModelSession } from './model.ts';
import { differences, wronglyDenied } from './model-agreement.ts';
import { whatBecameOf } from './model-messages.ts';
import type { Message, System } from './system.ts';
import { type Registration, registrations, signIn, tokensOf } from './system-people.ts';
import { pass } from './system-quiet.ts';
import type { Surroundings } from './system-surroundings.ts';

export interface Real {
  system: System;
  rows: Surroundings['rows'];
  userIds: string[];
  /** Messages that were done. */
  done: Message[];
  events: number;
  /** By key, when requests with it were sent. */
  keys: Map<string, number[]>;
  /** When the last invocation was abandoned. */
  abandonedAt: number;
}

export type Act = (model: Model, real: Real) => Promise<unknown>;
/** Where an invocation is abandoned. */
export type Crash = { call: number; sent: 'before' | 'after' } | undefined;

export const PEOPLE = ['ann', 'ben'];

/** A command for the system, after which it must agree with the model. */
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
    if (this.#crash) {
      real.system.crashAt(this.#crash.call, this.#crash.sent);
      real.abandonedAt = Date.now();
    }
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
  const { userId, file } = session;
  const [mayBeRefused, mustBeRefused] = [model.refusals.may(userId), model.refusals.must(userId)];
  const isAccepted = system.emulators.signIns.userOf(file.accessToken) !== undefined;
  const isKnown = system.emulators.users.get(userId) !== undefined;
  const { status } = await system.ask(how, registrations[how](session, body));
  if (status === 0) {
    session.triedAt ??= Date.now();
    if (mayBeRefused) model.mayBeRefused(session);
  } else if (status === 409 && mayBeRefused) {
    // A dead access token is reported, and the session ends when a worker has processed the report.
    if (isAccepted) model.refused(session);
    else model.mayBeRefused(session);
  } else if (status < 300 && !mustBeRefused) {
    session.triedAt ??= Date.now();
    session.acceptedAt ??= Date.now();
  }
  // The portal rejects the access token because it or its session has expired. Nothing new is held.
  else if ((status !== 400 || isAccepted) && (status !== 404 || isKnown))
    throw new Error(`Registered with ${status}.`);
}

/** @param how - the session is registered; absent if it is not */
export function signsIn(who: number, canRefresh: boolean, how: Registration | undefined): Act {
  return async (model, real) => {
    const userName = PEOPLE[who] ?? '';
    // A deleted user does not sign in.
    if (!real.system.emulators.users.find(userName)) return;
    const session = model.signedIn(signIn(real.system, userName, canRefresh));
    if (how) await register(model, real, session, how);
  };
}

export const some = (model: Model, nth: number) => model.sessions[nth % Math.max(1, model.sessions.length)];

export function ofToken(nth: number, isBare: boolean, isNamed: boolean): Act {
  return async (model, { system }) => {
    const session = some(model, nth);
    if (!session) return;
    const { file, userId, acceptedAt, isRefreshable } = session;
    // An expired access token alone reaches a session only by the held tokens.
    const tokens =
      isBare && (acceptedAt || !isRefreshable) ? { accessToken: file.accessToken } : tokensOf(session);
    const { status, body } = await system.ask('revoke', { body: { ...tokens, ...(isNamed && { userId }) } });
    if (status === 0) return model.mayBeEnded(session);
    if (status !== 200 || body.status !== 'COMPLETED') throw new Error(`Answered with ${status}.`);
    model.ended(session, isNamed);
  };
}

export function lift(who: number): Act {
  return async (model, { system, userIds }) => {
    const userId = userIds[who] ?? '';
    const { status } = await system.ask('lift', { pathParameters: { userId } });
    if (![0, 202, 404].includes(status) || (status === 404 && model.denials.now().must.has(userId)))
      throw new Error(`Lifted with ${status}.`);
    model.lifted(userId, { what: 'all', until: Date.now(), isSure: status === 202 });
  };
}

export async function liftEveryone(model: Model, { system }: Real): Promise<void> {
  const { status } = await system.ask('liftEveryone', {});
  if (![0, 202, 404].includes(status) || (status === 404 && model.denials.now().must.has(EVERYONE)))
    throw new Error(`Lifted everyone with ${status}.`);
  model.denials.lift(EVERYONE, { what: 'all', until: Date.now(), isSure: status === 202 });
}

/** @returns whether there was a message */
export async function work(model: Model, { system, rows, done }: Real): Promise<boolean> {
  const worked = await system.work(1);
  for (const message of worked.received) {
    const isDone = worked.done.some(({ body }) => body === message.body);
    whatBecameOf(message.body, model, await rows(), isDone);
    if (isDone) done.push(message);
  }
  return worked.received.length > 0;
}

export async function reconcile(model: Model, { system }: Real): Promise<void> {
  if (await system.reconcile()) agree(wronglyDenied(model, system));
}

/** Redelivers and redrives everything until nothing is left. */
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
