import { atMost } from '../../lambda/domain/pace.ts';
import { hashOf } from '../../local/ground/token-hash.ts';
import { userRemovedEvent } from '../support/events.ts';
import { proof } from '../support/proof.ts';
import { type RunningStack, start, until } from '../support/running-stack.ts';

/** What the stack under test is synthesized with, over all workers together. */
const LOGOUTS_PER_SECOND = 400;
const LOGOUTS_AT_ONCE = 20;

let running: RunningStack;

beforeEach(async () => {
  running = await start();
}, 30_000);
afterEach(() => running.close());

const count = (length: number) => Array.from({ length }, (_, n) => n);

/** The most requests in any second of the journal. */
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
  // Timers fire late, never early, so what was late in one second may come with the next: a tenth is left for that.
  expect(peakRate()).toBeLessThanOrEqual(LOGOUTS_PER_SECOND * 1.1);
  expect(running.stack.emulator.peakConcurrency('logout')).toBeLessThanOrEqual(LOGOUTS_AT_ONCE);
}

function logoutsOf(accessToken: string): (number | null)[] {
  const requests = running.stack.emulator.requestsAbout(hashOf(accessToken));
  return requests.filter(({ operation }) => operation === 'logout').map(({ status }) => status);
}

proof(
  '1,000 sessions of one user: each logged out exactly once, one outcome each, nothing left',
  async (tally) => {
    const sessions = await atMost(10, count(1_000), () => running.register('busy@example.com'));
    tally.tried = sessions.length;
    const userId = sessions[0]?.userId ?? '';
    await running.putEvents(userRemovedEvent({ userId }));
    const find = async () => (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations[0];
    await until('it is completed', async () => (await find())?.status === 'COMPLETED', 90);
    const { revocationId, sessions: counts } = await find();
    expect(counts).toEqual({ found: 1_000, loggedOut: 1_000, alreadyInvalid: 0, pending: 0, failed: 0 });
    tally.lost = sessions.filter(({ file }) => logoutsOf(file.accessToken).join() !== '200').length;
    expect(await running.rows('TokenCache')).toMatchObject([{ userId: `#FENCE#${userId}` }]);
    const { outcomes, nextCursor } = (await running.ask('GET', `/revocations/${revocationId}?limit=1000`))
      .body;
    expect({ outcomes: outcomes.length, nextCursor }).toEqual({ outcomes: 1_000, nextCursor: undefined });
    expectWithinLimits();
  },
);

proof(
  '10,000 users with a session each: the red button reaches every one',
  async (tally) => {
    const users = await atMost(10, count(10_000), (n) => running.register(`user-${n}@example.com`));
    tally.tried = users.length;
    const { status, body } = await running.ask('POST', '/revocations/everyone', { reason: 'breach' });
    expect(status).toBe(202);
    const find = async () => (await running.ask('GET', `/revocations/${body.revocationId}`)).body;
    const isLoggedOut = () => running.stack.emulator.requests.some(({ operation }) => operation === 'logout');
    await until('the first are logged out', isLoggedOut, 30);
    await until(
      'everyone is done',
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return (await find()).status === 'COMPLETED';
      },
      420,
    );
    expect((await find()).sessions).toEqual({
      found: 10_000,
      loggedOut: 10_000,
      alreadyInvalid: 0,
      pending: 0,
      failed: 0,
    });
    tally.lost = users.filter(({ file }) => logoutsOf(file.accessToken).join() !== '200').length;
    const left = (await running.rows('TokenCache')).filter(
      ({ userId }) => !String(userId).startsWith('#FENCE#'),
    );
    expect(left).toEqual([]);
    expectWithinLimits();
  },
  8,
);
