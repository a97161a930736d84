import { adaptive } from '../../../lambda/domain/adaptive-pace.ts';
import { virtualTime } from '../../support/virtual-time.ts';

// test/proofs/portal-limit-simulated.test.ts proves that the pace finds the limit of a portal.

const { signal } = new AbortController();

/** The defaults of the stack. */
const DEFAULTS = { perSecond: 20, maxPerSecond: 100, atOnce: 20 };

/** Takes turns one after the other, for so many seconds. @returns the turns in the last second */
async function turnsIn(
  seconds: number,
  pace: ReturnType<typeof adaptive>,
  time: ReturnType<typeof virtualTime>,
) {
  const from = time.now();
  const taken: number[] = [];
  let isOver = false;
  void (async () => {
    while (!isOver) {
      await pace.next(signal);
      taken.push(time.now());
    }
  })();
  await time.run(from + seconds * 1000);
  isOver = true;
  return taken.filter((at) => at > from + (seconds - 1) * 1000).length;
}

test('a removal starts at the full rate, and gets faster up to the maximum if nothing is throttled', async () => {
  const time = virtualTime();
  const pace = adaptive(DEFAULTS, time);
  expect(await turnsIn(1, pace, time)).toBeGreaterThanOrEqual(20);
  expect(await turnsIn(29, pace, time)).toBe(100);
  expect(pace.perSecond()).toBe(100);
});

test('if the maximum equals the rate, the rate stays', async () => {
  const time = virtualTime();
  const pace = adaptive({ perSecond: 20, maxPerSecond: 20 }, time);
  expect(await turnsIn(60, pace, time)).toBe(20);
});

test('the first turn comes one interval after the start, and turns are evenly spaced', async () => {
  const time = virtualTime();
  const pace = adaptive({ perSecond: 10, maxPerSecond: 10 }, time);
  const at: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) void pace.next(signal).then(() => at.push(time.now()));
  await time.run(1_000);
  expect(at).toEqual([100, 200, 300]);
});

test('a rate does not grow while nobody waits for a turn', async () => {
  const time = virtualTime();
  const pace = adaptive(DEFAULTS, time);
  for (let at = 1_000; at <= 50_000; at += 1_000) {
    await time.run(at);
    void pace.next(signal);
  }
  expect(pace.perSecond()).toBe(20);
});

test('a 429 halves the rate, and further ones of the same moment change nothing', async () => {
  const time = virtualTime();
  const pace = adaptive(DEFAULTS, time);
  await turnsIn(10, pace, time);
  const reached = pace.perSecond();
  expect(reached).toBeGreaterThan(45);
  const sent: (() => void)[] = [];
  for (let request = 0; request < 10; request += 1) void pace.next(signal).then((tell) => sent.push(tell));
  await time.run(time.now() + 1_000);
  for (const tellThrottled of sent) tellThrottled();
  expect(pace.perSecond() / reached).toBeCloseTo(0.5, 1);
  await time.run(time.now() + 1_000);
  expect(pace.perSecond() / reached).toBeCloseTo(0.9, 1);
});

test('if the portal refuses everything, the rate falls to a twentieth, and recovers after a minute without requests', async () => {
  const time = virtualTime();
  const pace = adaptive(DEFAULTS, time);
  const refused = async () => {
    while (time.now() < 120_000) (await pace.next(signal))();
  };
  void refused();
  await time.run(120_000);
  expect(pace.perSecond()).toBe(1);
  await time.run(185_000);
  void pace.next(signal);
  await time.run(185_100);
  expect(pace.perSecond()).toBe(20);
});

test('a turn is cancelled if nobody waits for it any more', async () => {
  const time = virtualTime();
  const pace = adaptive({ perSecond: 1, maxPerSecond: 1 }, time);
  const leaving = new AbortController();
  const left = expect(pace.next(leaving.signal)).rejects.toThrow('gone');
  const stayed = pace.next(signal).then(() => time.now());
  leaving.abort(new Error('gone'));
  await time.run(2_000);
  await left;
  expect(await stayed).toBe(1_000);
  await expect(pace.next(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
});

test('the pace also works with the real clock', async () => {
  const pace = adaptive({ perSecond: 50, maxPerSecond: 50 });
  const begun = performance.now();
  await pace.next(signal);
  expect(performance.now() - begun).toBeGreaterThan(15);
});
