import { randomUUID } from 'node:crypto';
import { routes } from '../../lambda/routes.ts';
import { holdSessions } from '../../test/support/held-rows.ts';
import { httpEvents } from '../http-events.ts';
import { removalMessage } from '../queue-events.ts';
import type { BenchStack } from '../stack.ts';
import { type BilledTime, billedTime } from './lambda-time.ts';
import { type Path, SESSIONS } from './paths.ts';

export type Profiles = Readonly<Record<string, BilledTime>>;

/** Measures the time of each function, by the name of its handler; `revoke-user` is `revoke` for a whole user. */
export async function measureProfiles(
  stack: BenchStack,
  assembly: string,
  progress: (line: string) => void,
): Promise<Profiles> {
  const { running } = stack;
  const { emulator, users } = running.stack;
  const newUsers = async (count: number) => {
    const names = Array.from({ length: count }, () => `${randomUUID()}@example.com`);
    await holdSessions(running, Array(SESSIONS).fill(names).flat(), assembly);
    return names.map((userName) => users.find(userName)?.userId ?? '');
  };
  const signIns = (count: number, userName: string) =>
    Array.from({ length: count }, () => emulator.signIns.signIn({ userName }));
  const profile = (name: string, handler: string, newEvents: (count: number) => Promise<unknown[]>) => {
    progress(`  the time of ${name}`);
    return billedTime(stack, handler, newEvents);
  };
  const nothing = async (count: number) => Array.from({ length: count }, () => ({}));
  return {
    revoke: await profile('revoke', 'revoke', (count) =>
      httpEvents(
        routes.revoke,
        signIns(count, 'profile@example.com').map(({ accessToken }) => ({ accessToken })),
      ),
    ),
    'revoke-user': await profile('revoke-user', 'revoke', async (count) =>
      httpEvents(
        routes.revoke,
        (await newUsers(count)).map((userId) => ({ userId })),
      ),
    ),
    'register-session': await profile('register-session', 'register-session', async (count) => {
      const userName = `${randomUUID()}@example.com`;
      const files = signIns(count, userName);
      const path = `/users/${users.find(userName)?.userId}/sessions`;
      return httpEvents(routes.registerSession, files, path);
    }),
    work: await profile('work', 'work', async (count) =>
      (await newUsers(count)).map((userId) => removalMessage(running, userId)),
    ),
    reconcile: await profile('reconcile', 'reconcile', nothing),
    sweep: await profile('sweep', 'sweep', nothing),
  };
}

/** Returns the billed milliseconds of a path, for all its people. A function that was not measured counts as `work`, which does the most. */
export function billedMillis({ usage, people, start, revoking }: Path, profiles: Profiles): number {
  const times = Object.entries(usage.invocations).map(([handler, count]) => {
    const name = handler === 'revoke' && revoking === 'user' ? 'revoke-user' : handler;
    const time = profiles[name] ?? profiles.work;
    // A batch has messages of several people. Each counts with its own time, although they are processed concurrently.
    const runs = start === 'warm' && handler === 'work' ? Math.max(count, people) : count;
    return runs * (time?.[start] ?? Number.NaN);
  });
  return times.reduce((sum, millis) => sum + millis, 0);
}
