import { randomUUID } from 'node:crypto';
import { hashOf } from '../../local/ground/token-hash.ts';
import { userRemovedEvent } from '../../test/support/events.ts';
import { type Held, holdSessions } from '../../test/support/held-rows.ts';
import { type RunningStack, until } from '../../test/support/running-stack.ts';

/** Ends this number of sessions. @returns seconds from the request to the last Logout's answer */
export type EndSessions = (sessions: number) => Promise<number>;

/** Longer than anything here takes, in seconds. */
const LIMIT = 600;

/** Removes one user: a worker ends the sessions. */
export function endOneUser(running: RunningStack, assembly: string): EndSessions {
  return async (sessions) => {
    const userName = `${randomUUID()}@example.com`;
    const held = await holdSessions(running, Array<string>(sessions).fill(userName), assembly);
    return timeUntilEnded(running, held, () =>
      running.putEvents(userRemovedEvent({ userId: held[0]?.userId ?? '' })),
    );
  };
}

/** Revokes everyone. Each user has two sessions, and jobs of the bulk queue end them. */
export function endEveryone(running: RunningStack, assembly: string): EndSessions {
  return async (sessions) => {
    const names = Array.from({ length: sessions / 2 }, () => `${randomUUID()}@example.com`);
    const held = await holdSessions(running, [...names, ...names], assembly);
    return timeUntilEnded(running, held, async () => {
      const { status } = await running.ask('POST', '/revocations/everyone', { reason: 'bench' });
      if (status !== 202) throw new Error(`POST /revocations/everyone was answered ${status}.`);
    });
  };
}

/** @throws Error if a session was not ended by exactly one Logout */
async function timeUntilEnded(
  running: RunningStack,
  held: readonly Held[],
  begin: () => Promise<void>,
): Promise<number> {
  const { requests, requestsAbout } = running.stack.emulator;
  const before = requests.length;
  const startedAt = Date.now();
  await begin();
  const logouts = () => requests.slice(before).filter(({ operation }) => operation === 'logout');
  await until(
    `${held.length} sessions are ended`,
    () => requests.length - before >= held.length && logouts().length >= held.length && running.isQuiet(),
    LIMIT,
  );
  const all = logouts();
  const lost = held.filter(({ file }) => {
    const about = requestsAbout(hashOf(file.accessToken)).filter(({ operation }) => operation === 'logout');
    return about.map(({ status }) => status).join() !== '200';
  });
  if (lost.length > 0 || all.length !== held.length)
    throw new Error(`${all.length} Logouts for ${held.length} sessions; ${lost.length} were not ended once.`);
  return (Math.max(...all.map(({ at }) => Date.parse(at))) - startedAt) / 1000;
}
