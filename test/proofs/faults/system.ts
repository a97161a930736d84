import type { Deadline } from '../../../lambda/domain/deadline.ts';
import { sweep } from '../../../lambda/domain/detect/sweep.ts';
import { reconcileDenyList } from '../../../lambda/domain/role-sessions/reconcile-deny-list.ts';
import type { HttpRequest } from '../../../lambda/shell/http-request.ts';
import { problemOf } from '../../../lambda/shell/problems.ts';
import { type Emulators, startEmulators } from '../../../local/emulators/server.ts';
import type { Received } from '../../../local/emulators/sqs/message.ts';
import type { Fate } from '../../support/gate.ts';
import { seedRandomness } from './seeded.ts';
import type { Call } from './system-calls.ts';
import { batchOf, type Functions, wireFunctions } from './system-functions.ts';
import { CALLER } from './system-people.ts';
import { defineQueues, haveTimeout, POLICY_IDS, type Surroundings, TIMEOUTS } from './system-surroundings.ts';

export interface Answer {
  /** 0 if the function was abandoned and nobody answered. */
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON, of which each test knows what it expects.
  body: any;
}

export type Request = Partial<Pick<HttpRequest, 'body' | 'headers' | 'pathParameters' | 'caller'>>;

export interface Message {
  queue: keyof ReturnType<typeof defineQueues>['working'];
  body: string;
}

export interface Worked {
  received: Message[];
  /** Messages that will not return. */
  done: Message[];
}

/** A call of a function, and its result. */
export interface Called extends Call {
  /** `slow`: the function did not wait for the answer, although no fault was planned. */
  fate: Fate | 'slow';
}

/**
 * The functions in this process, wired as when deployed. The test decides when they are called, and which faults they
 * meet.
 */
export interface System {
  emulators: Emulators;
  queues: ReturnType<typeof defineQueues>;
  /** Decides the fault of each call; by default, none. */
  weather: (call: Call) => Fate;
  /** All calls so far, oldest first. */
  called: readonly Called[];
  /** Access tokens issued for a refresh token: hashes, by its hash. */
  issued: ReadonlyMap<string, readonly string[]>;
  /**
   * Starts new sandboxes and ends all faults. A late answer is no fault now, because only a busy computer causes it.
   */
  calm(): void;
  /** Ends the next invocation at its n-th call, before or after that is sent. 0 for none. */
  crashAt(call: number, sent: 'before' | 'after'): void;
  ask(what: keyof Functions['http'], request: Request): Promise<Answer>;
  /** Gives a worker the visible messages of one of its queues, at most ten at once. */
  work(max?: number): Promise<Worked>;
  sweep(): Promise<boolean>;
  /** Runs the reconciler if its queue has a message. @returns whether it had */
  reconcileIfWoken(): Promise<boolean>;
  reconcile(): Promise<boolean>;
  close(): Promise<void>;
}

const UNREAD: Call = { service: 'unknown', operation: 'unknown', about: '' };
/** Reports come first, because their jobs are queued behind what is there. */
const WORKING = ['reports', 'removals', 'access', 'bulk'] as const;
/** Enough for everything, because the clients' own timeouts end calls that hang. */
const MILLIS = 29_000;

/** An empty system. Only one at a time, because clock and randomness belong to the process. */
export async function startSystem(surroundings: Surroundings, seed: number): Promise<System> {
  seedRandomness(seed);
  const emulators = await startEmulators({ clock: () => Date.now() });
  emulators.keys.create({ keyId: surroundings.keyId });
  for (const policyId of POLICY_IDS) emulators.organizations.create({ policyId, content: '{}' });
  const queues = defineQueues(emulators);
  const called: Called[] = [];
  const issued = new Map<string, string[]>();
  haveTimeout(TIMEOUTS.badWeather);
  let functions = wireFunctions();
  let crash: { call: number; fate: Fate } | undefined;
  let invocation = { calls: 0, dead: false, controller: new AbortController() };

  function decide(call: Call): Fate {
    const fate = invocation.dead ? 'cut' : crashed() || system.weather(call);
    called.push({ ...call, fate });
    return fate;
  }

  function crashed(): Fate | undefined {
    invocation.calls += 1;
    if (crash?.call !== invocation.calls) return undefined;
    const { fate } = crash;
    crash = undefined;
    invocation.dead = true;
    // After the call was sent.
    setImmediate(() => invocation.controller.abort(new Error('crashed')));
    return fate;
  }

  /** @returns undefined if it was abandoned */
  async function invoke<T>(act: (deadline: Deadline) => Promise<T>): Promise<T | undefined> {
    invocation = { calls: 0, dead: false, controller: new AbortController() };
    const { signal } = invocation.controller;
    try {
      const result = await act({ signal, remainingMillis: () => MILLIS });
      if (!invocation.dead) return result;
    } catch (error) {
      if (!invocation.dead) throw error;
    } finally {
      await surroundings.idle();
    }
    functions = wireFunctions();
    return undefined;
  }

  async function give(name: Message['queue'], messages: Received[]): Promise<Worked> {
    const queue = queues.working[name];
    const received = messages.map(({ body }) => ({ queue: name, body }));
    const batch = await invoke((deadline) => {
      const take = name === 'access' ? functions.removeAccess : functions.work;
      return take(batchOf(queue.settings.arn, messages), deadline);
    });
    if (!batch) return { received, done: [] };
    const failed = batch.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    const done = messages.filter(({ messageId }) => !failed.includes(messageId));
    for (const { receiptHandle } of done) queue.delete(receiptHandle);
    return { received, done: done.map(({ body }) => ({ queue: name, body })) };
  }

  surroundings.use({
    decide,
    upstreamOf: (service) => (service === 'dynamodb' ? surroundings.tables.endpoint : emulators.url),
    issued: (refreshHash, accessHash) =>
      issued.set(refreshHash, [...(issued.get(refreshHash) ?? []), accessHash]),
    slow: (call = UNREAD) => invocation.dead || called.push({ ...call, fate: 'slow' }),
  });

  const system: System = {
    emulators,
    queues,
    weather: () => 'pass',
    called,
    issued,
    calm() {
      system.weather = () => 'pass';
      haveTimeout(TIMEOUTS.calm);
      functions = wireFunctions();
    },
    crashAt(call, sent) {
      crash = { call, fate: sent === 'before' ? 'cut' : 'lost' };
    },
    async ask(what, { body = {}, headers = {}, pathParameters = {}, caller = CALLER }) {
      const request = { method: '', path: '', pathParameters, query: {}, headers, body, caller };
      const answer = await invoke(async (deadline) => {
        try {
          return await functions.http[what](request, deadline);
        } catch (error) {
          const { problem } = problemOf(error);
          return { status: problem.status, body: problem };
        }
      });
      return answer ?? { status: 0, body: {} };
    },
    async work(max = 10) {
      const [taken] = WORKING.flatMap((queue) => {
        const messages = queues.working[queue].receive(max);
        return messages.length > 0 ? [{ queue, messages }] : [];
      });
      if (!taken) return { received: [], done: [] };
      return give(taken.queue, taken.messages);
    },
    sweep: () => succeeds(() => invoke((deadline) => sweep(functions.sweep, deadline))),
    async reconcileIfWoken() {
      const messages = queues.denyList.receive(10);
      if (messages.length > 0 && (await system.reconcile()))
        for (const { receiptHandle } of messages) queues.denyList.delete(receiptHandle);
      return messages.length > 0;
    },
    reconcile: () =>
      succeeds(async () => {
        const reconciled = await invoke((deadline) => reconcileDenyList(functions.reconcile, deadline));
        if (reconciled?.failure) throw reconciled.failure;
        return reconciled;
      }),
    close: () => emulators.close(),
  };
  return system;
}

/** Whether it ended without an error. An error of a function that nobody calls directly only raises alarms. */
async function succeeds(act: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await act()) !== undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'DomainError') return false;
    throw error;
  }
}
