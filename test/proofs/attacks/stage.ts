import { createHash, randomUUID } from 'node:crypto';
import { WAKE_GROUP } from '../../../lambda/env.ts';
import type { TokenCacheFile } from '../../../local/emulators/sign-in/sign-ins.ts';
import { type Headers, roleCredentials, signed } from '../../support/callers.ts';
import { type RunningStack, start, until } from '../../support/running-stack.ts';
import { type Effects, effectsIn } from './effects.ts';

/** A person who is signed in with the AWS CLI. */
export interface Person {
  userName: string;
  userId: string;
  /** The newest sign-in. */
  file: TokenCacheFile;
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON, of which each attack knows what it expects.
  body: any;
}

/** The running stack, the actions of people and attackers on it, and their effects. */
export interface Stage extends Effects {
  running: RunningStack;
  call(method: string, path: string, body?: unknown, headers?: Headers): Promise<Answer>;
  /** Creates the user at the first sign-in. */
  signIn(userName: string): Promise<Person>;
  /** Registers as a login wrapper does, with the person's own role credentials. The file may be anything. */
  registerOwn(person: Person, file: object): Promise<Answer>;
  /** Registers as a service does that registers for others and trusts its input. */
  registerFor(userId: string, file: object): Promise<Answer>;
  /** Does both, one after the other. */
  registerAs(attacker: Person, victimId: string, file: object): Promise<Answer[]>;
  /** Makes an operation of the portal answer like this until it is set again. */
  portal(operation: 'logout' | 'listAccounts', fault: 'reject' | 'fail' | 'none'): Promise<void>;
  send(queueUrl: string, message: object): Promise<void>;
  sweep(): Promise<void>;
  /**
   * Waits until no message is left, but at most so many seconds: it does not wait for retries that take half an hour.
   */
  settle(seconds?: number): Promise<void>;
  /** Waits until the policies agree with the deny list. */
  reconcile(): Promise<void>;
  /** Sets the clock of emulators and queues forward. The functions use the computer's clock. */
  pass(minutes: number): void;
  close(): Promise<void>;
}

/** @param synthesized - the stack to run; by default the one of all tests */
export async function startStage(synthesized?: string): Promise<Stage> {
  let elapsed = 0;
  const running = await start({}, () => Date.now() + elapsed, synthesized);
  const { stack } = running;
  const { emulator } = stack;

  async function call(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
    const init = body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    };
    const response = await fetch(stack.url + path, { method, headers, ...init });
    return { status: response.status, body: await response.json() };
  }

  const scheduleOf = (part: string) => stack.schedules.logicalIds.find((id) => id.includes(part)) ?? '';

  const stage: Stage = {
    running,
    call,
    ...effectsIn(running),
    async signIn(userName) {
      const file = emulator.signIns.signIn({ userName });
      return { userName, userId: stack.users.find(userName)?.userId ?? '', file };
    },
    async registerOwn({ userId, file: { accessToken } }, file) {
      const keys = await roleCredentials(emulator.url, accessToken);
      return call('PUT', '/sessions', { userId, ...file }, signed('execute-api', keys));
    },
    registerFor: (userId, file) => call('PUT', `/users/${userId}/sessions`, file),
    async registerAs(attacker, victimId, file) {
      const forged = { ...file, userId: victimId };
      return [await stage.registerOwn(attacker, forged), await stage.registerFor(victimId, forged)];
    },
    async portal(operation, fault) {
      await fetch(`${emulator.url}/_emulator/faults`, {
        method: 'PUT',
        body: JSON.stringify({ operation, fault }),
      });
    },
    async send(queueUrl, message) {
      await running.callAws('AmazonSQS.SendMessage', {
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(message),
        // The reconciler's queue is FIFO. Its messages only say that the reconciler must run.
        ...(queueUrl.endsWith('.fifo') && { MessageGroupId: WAKE_GROUP }),
      });
    },
    sweep: () => stack.schedules.run(scheduleOf('Sweep')),
    async settle(seconds = 20) {
      const deadline = performance.now() + seconds * 1000;
      // The reconciler's queue delays its messages.
      elapsed += 6_000;
      while (!running.isQuiet() && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async reconcile() {
      const runs = () => running.seen.filter((line) => line.includes('"reconciled"')).length;
      const before = runs();
      await stack.schedules.run(scheduleOf('DenyList'));
      elapsed += 6_000;
      await until('the reconciler has run', () => runs() > before);
    },
    pass(minutes) {
      elapsed += minutes * 60_000;
    },
    close: () => running.close(),
  };
  return stage;
}

/** A well-formed user id that nobody has. */
export function inventedId(): string {
  return `906791299c-${randomUUID()}`;
}

/** Looks like a token, but is none. Its session id sorts before that of nearly every real session. */
export function junkToken(): string {
  for (;;) {
    const token = `junk-${randomUUID()}`;
    if (createHash('sha256').update(token).digest('base64url').startsWith('-')) return token;
  }
}
