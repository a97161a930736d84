import { atMost } from '../../lambda/domain/pace.ts';
import type { Revocation } from '../../lambda/domain/record/describe-revocation.ts';
import { hashOf } from '../../local/ground/token-hash.ts';
import { userRemovedEvent } from '../support/events.ts';
import { type Held, holdSessions } from '../support/held-rows.ts';
import { proof } from '../support/proof.ts';
import { type RunningStack, start, until } from '../support/running-stack.ts';

/** The setting of the stack under test, for all workers together. */
const LOGOUTS_PER_SECOND = 400;
const LOGOUTS_AT_ONCE = 20;

let running: RunningStack;

beforeEach(async () => {
  running = await start();
}, 30_000);
afterEach(() => running.close());

const count = (length: number) => Array.from({ length }, (_, n) => n);

/** The most requests in any one second of the journal. */
function peakRate(): number {
  const times = running.stack.emulator.requests
    .filter(({ operation }) => operation === 'logout')
    .map(({ at }) => Date.parse(at));
  let [first, peak] = [0, 0];
  times.forEach((time, last) => {
    while (time - (times[first] ?? 0) >= 1000) first += 1;
    peak = Math.max(peak, last - first + 1);
  });
  return peak;
}

function expectWithinLimits(): void {
  // Timers fire late, never early, so late requests of one second may add to the next one. A tenth is allowed for that.
  expect(peakRate()).toBeLessThanOrEqual(LOGOUTS_PER_SECOND * 1.1);
  expect(running.stack.emulator.peakConcurrency('logout')).toBeLessThanOrEqual(LOGOUTS_AT_ONCE);
}

function logoutsOf(accessToken: string): (number | null)[] {
  const requests = running.stack.emulator.requestsAbout(hashOf(accessToken));
  return requests.filter(({ operation }) => operation === 'logout').map(({ status }) => status);
}

interface Crowd {
  people: number;
  sessionsEach: number;
}

/**
 * A worker ends fewer than 25 sessions at a time. Some users with 3 or 25 span two pages of the fan-out. The users'
 * shares in the record of everyone are more than a page of a query.
 */
const CROWDS: Crowd[] = [
  { people: 4_600, sessionsEach: 1 },
  { people: 300, sessionsEach: 3 },
  { people: 180, sessionsEach: 25 },
];

/** Signs in each name. Registers every tenth session, and writes the rows of the others as registering would. */
async function gather(userNames: string[]): Promise<Held[]> {
  const registered = userNames.filter((_, n) => n % 10 === 0);
  return [
    ...(await atMost(10, registered, async (userName) => {
      const { userId, file } = await running.register(userName);
      return { userId, file };
    })),
    ...(await holdSessions(
      running,
      userNames.filter((_, n) => n % 10 > 0),
    )),
  ];
}

const ended = (found: number) => ({ found, loggedOut: found, alreadyInvalid: 0, pending: 0, failed: 0 });

/** Counts the sessions that did not get exactly one Logout, with status 200. Fails if other sessions got any. */
function countLost(sessions: Held[]): number {
  const logouts = running.stack.emulator.requests.filter(({ operation }) => operation === 'logout');
  expect(logouts.length).toBe(sessions.length);
  return sessions.filter(({ file }) => logoutsOf(file.accessToken).join() !== '200').length;
}

proof(
  '1,000 sessions of one user: each is logged out once and has one outcome, and no row is left',
  async (tally) => {
    const sessions = await gather(count(1_000).map(() => 'busy@example.com'));
    tally.tried = sessions.length;
    const userId = sessions[0]?.userId ?? '';
    await running.putEvents(userRemovedEvent({ userId }));
    const find = async () => (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations[0];
    await until('it is completed', async () => (await find())?.status === 'COMPLETED', 90);
    const { revocationId, sessions: counts } = await find();
    expect(counts).toEqual(ended(1_000));
    tally.lost = countLost(sessions);
    expect(await running.rows('TokenCache')).toMatchObject([{ userId: `#FENCE#${userId}` }]);
    const { outcomes, nextCursor } = (await running.ask('GET', `/revocations/${revocationId}?limit=1000`))
      .body;
    expect({ outcomes: outcomes.length, nextCursor }).toEqual({ outcomes: 1_000, nextCursor: undefined });
    expectWithinLimits();
  },
);

const namesIn = ({ people, sessionsEach }: Crowd) =>
  count(people).map((n) => `person-${n}-of-${sessionsEach}@example.com`);

proof(
  '10,000 sessions of users with 1, 3 or 25: the red button logs each out exactly once and records exactly that',
  async (tally) => {
    const names = CROWDS.flatMap((crowd) => count(crowd.sessionsEach).flatMap(() => namesIn(crowd)));
    const sessions = await gather(names);
    tally.tried = sessions.length;
    const { status, body } = await running.ask('POST', '/revocations/everyone', { reason: 'breach' });
    expect(status).toBe(202);
    const find = async () => (await running.ask('GET', `/revocations/${body.revocationId}`)).body;
    await until(
      'everyone is done',
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return running.isQuiet() && (await find()).status === 'COMPLETED';
      },
      420,
    );
    tally.lost = countLost(sessions);
    expect((await find()).sessions).toEqual(ended(sessions.length));
    for (const crowd of CROWDS.filter(({ sessionsEach }) => sessionsEach > 1)) {
      const recorded = await atMost(10, namesIn(crowd), async (userName) => {
        const { userId } = running.stack.users.find(userName) ?? {};
        const { revocations } = (await running.ask('GET', `/revocations?userId=${userId}`)).body;
        return revocations.map((revocation: Revocation) => revocation.sessions);
      });
      expect(recorded).toEqual(recorded.map(() => [ended(crowd.sessionsEach)]));
    }
    const left = (await running.rows('TokenCache')).filter(
      ({ userId }) => !String(userId).startsWith('#FENCE#'),
    );
    expect(left).toEqual([]);
    expectWithinLimits();
  },
  8,
);
