import { atMost, evenly, paced } from '../../../lambda/domain/pace.ts';
import type { Portal } from '../../../lambda/domain/ports.ts';
import { Secret } from '../../../lambda/domain/secret.ts';
import { fakePortal, loggedOut, rejected } from '../../support/fakes.ts';

const { signal } = new AbortController();

test('turns are spaced evenly, the first one too', async () => {
  const waits: number[] = [];
  const pace = evenly(10, async (millis) => waits.push(millis));
  for (let turn = 0; turn < 4; turn += 1) await pace(signal);
  // Of a few milliseconds that the test itself takes, each wait is that much shorter.
  expect(waits.map((millis) => Math.round(millis / 100))).toEqual([1, 2, 3, 4]);
});

test('a turn nobody waits for any more is given up', async () => {
  await expect(evenly(1)(AbortSignal.timeout(10))).rejects.toMatchObject({ name: 'AbortError' });
  await expect(evenly(1)(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
});

test('a paced portal has no more than so many Logouts at once, whoever asks, and an answer for those out of time', async () => {
  let [inFlight, peak] = [0, 0];
  const portal: Portal = {
    ...fakePortal(),
    async logout() {
      inFlight += 1;
      peak = Math.max(peak, inFlight);
      await new Promise(setImmediate);
      inFlight -= 1;
      return loggedOut;
    },
  };
  const limited = paced(portal, async (turn) => turn.throwIfAborted(), 3);
  const asked = Array.from({ length: 20 }, () => limited.logout(new Secret('x'), 'eu-west-1', signal));
  expect(await Promise.all(asked)).toEqual(asked.map(() => loggedOut));
  expect(peak).toBe(3);
  const late = await limited.logout(new Secret('x'), 'eu-west-1', AbortSignal.abort());
  expect(late).toEqual({ kind: 'failed', why: 'unavailable', failure: { name: 'OutOfTime' }, attempts: 0 });
  expect(await limited.logout(new Secret('x'), 'eu-west-1', signal)).toEqual(loggedOut);
});

test('whether a token is accepted is asked without waiting for a turn', async () => {
  const never = () => new Promise<never>(() => {});
  const limited = paced({ ...fakePortal(), accepts: async () => rejected }, never, 0);
  expect(await limited.accepts(new Secret('x'), 'eu-west-1', signal)).toEqual(rejected);
});

test('a defect of the portal is not taken for a lack of time', async () => {
  const portal = { ...fakePortal(), logout: () => Promise.reject(new TypeError('bug')) };
  const limited = paced(portal, async () => {}, 1);
  for (const _turn of [1, 2]) {
    await expect(limited.logout(new Secret('x'), 'eu-west-1', signal)).rejects.toThrow(TypeError);
  }
});

test('atMost keeps order and bound, and passes an error on', async () => {
  let [running, peak] = [0, 0];
  const results = await atMost(2, [3, 1, 2], async (n) => {
    running += 1;
    peak = Math.max(peak, running);
    for (let i = 0; i < n; i += 1) await Promise.resolve();
    running -= 1;
    return n * 10;
  });
  expect(results).toEqual([30, 10, 20]);
  expect(peak).toBe(2);
  await expect(atMost(2, [1], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
