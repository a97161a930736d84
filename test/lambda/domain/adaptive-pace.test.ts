import { adaptive, type Rates } from '../../../lambda/domain/adaptive-pace.ts';
import { Secret } from '../../../lambda/domain/secret.ts';
import { paced } from '../../../lambda/domain/sessions/paced-portal.ts';
import { fixedWindow, type Limit, limitedPortal, tokenBucket } from '../../support/limited-portal.ts';
import { virtualTime } from '../../support/virtual-time.ts';

const { signal } = new AbortController();
const token = new Secret('x');

/** The defaults of the stack. */
const DEFAULTS = { perSecond: 20, maxPerSecond: 100, atOnce: 20 };

interface Work {
  time: ReturnType<typeof virtualTime>;
  requests: { at: number; isTaken: boolean }[];
}

/** What a worker of bulk jobs has. */
const shareOf = (workers: number, atOnce: number): Rates & { atOnce: number } => ({
  perSecond: DEFAULTS.perSecond / workers,
  maxPerSecond: DEFAULTS.maxPerSecond / workers,
  atOnce: Math.floor(atOnce / workers),
});

/** Workers of bulk jobs that have no end, each as the stack shares the rates out. */
function startWorkers(workers: number, limit: Limit, latency: number, pause = 0): Work {
  const time = virtualTime();
  const { portal, requests } = limitedPortal(time, limit, latency);
  // 20 at once can be no more than 100 a second where each takes 200 ms, and less where one waits to be sent anew.
  const share = shareOf(workers, latency > 100 ? 2 * DEFAULTS.atOnce : DEFAULTS.atOnce);
  for (let worker = 0; worker < workers; worker += 1) {
    const own = paced(portal, adaptive(share, time), share.atOnce);
    const jobs = async () => {
      // No two workers begin in the same moment.
      await time.sleep(worker * 37, signal);
      for (;;) {
        // A batch is done when the slowest of its ten messages is.
        const batch = Array.from({ length: 10 }, () => own.logout(token, 'eu-west-1', signal));
        await Promise.all(batch);
        await time.sleep(pause, signal);
      }
    };
    const oneAfterTheOther = async () => {
      await time.sleep(worker * 37, signal);
      for (;;) await own.logout(token, 'eu-west-1', signal);
    };
    if (pause > 0) void jobs();
    else for (let slot = 0; slot < share.atOnce; slot += 1) void oneAfterTheOther();
  }
  return { time, requests };
}

/** Of the requests between two seconds. */
function figures({ requests }: Pick<Work, 'requests'>, from: number, to: number) {
  const among = requests.filter(({ at }) => at >= from * 1000 && at < to * 1000);
  const taken = among.filter(({ isTaken }) => isTaken).length;
  return { taken: taken / (to - from), throttled: 1 - taken / among.length };
}

const LIMITS = {
  'a token bucket of half a second': (perSecond: number) => tokenBucket(perSecond, perSecond / 2),
  'a token bucket of a second': (perSecond: number) => tokenBucket(perSecond, perSecond),
  'a count in each second': fixedWindow,
};

const cases = Object.entries(LIMITS).flatMap(([kind, limit]) =>
  [10, 20, 50, 100].flatMap((perSecond) =>
    [1, 2, 4].flatMap((workers) =>
      [20, 200].map((latency) => ({ kind, limit, perSecond, workers, latency })),
    ),
  ),
);

test.each(cases)(
  '$perSecond a second ($kind), $workers workers, $latency ms: bulk work reaches 90 % within 30 s, with less than 5 % throttled',
  async ({ limit, perSecond, workers, latency }) => {
    const work = startWorkers(workers, limit(perSecond), latency);
    await work.time.run(120_000);
    const later = figures(work, 30, 120);
    expect(later.taken).toBeGreaterThanOrEqual(perSecond * 0.9);
    expect(later.throttled).toBeLessThan(0.05);
    expect(figures(work, 0, 120).throttled).toBeLessThan(0.05);
  },
);

test.each(Object.entries(LIMITS))(
  'pauses between batches, in which nothing is logged out, are made up for (%s)',
  async (_kind, limit) => {
    const work = startWorkers(2, limit(100), 100, 80);
    await work.time.run(60_000);
    expect(figures(work, 30, 60).taken).toBeGreaterThanOrEqual(90);
    expect(figures(work, 30, 60).throttled).toBeLessThan(0.05);
  },
);

test.each(cases.filter(({ workers, latency }) => workers === 2 && latency === 20))(
  '$perSecond a second ($kind): a removal of five sessions is done within 5 s while bulk work is at the limit',
  async ({ limit, perSecond, workers, latency }) => {
    const shared = limit(perSecond);
    const { time } = startWorkers(workers, shared, latency);
    for (const at of [40_000, 47_300, 61_900]) {
      await time.run(at);
      const { portal } = limitedPortal(time, shared, latency);
      const own = paced(portal, adaptive(DEFAULTS, time), DEFAULTS.atOnce);
      let ended = 0;
      for (let session = 0; session < 5; session += 1) {
        void own.logout(token, 'eu-west-1', signal).then(({ kind }) => {
          if (kind === 'ended') ended += 1;
        });
      }
      await time.run(at + 5_000);
      expect(ended).toBe(5);
    }
  },
);

/** Takes turns, one after the other, for so many seconds. @returns the turns in the last of them */
async function turnsIn(seconds: number, pace: ReturnType<typeof adaptive>, time: Work['time']) {
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

test('a single removal begins with the whole rate, and gets faster where nothing is throttled, up to the most', async () => {
  const time = virtualTime();
  const pace = adaptive(DEFAULTS, time);
  expect(await turnsIn(1, pace, time)).toBeGreaterThanOrEqual(20);
  expect(await turnsIn(29, pace, time)).toBe(100);
  expect(pace.perSecond()).toBe(100);
});

test('a rate that may not grow stays as it is', async () => {
  const time = virtualTime();
  const pace = adaptive({ perSecond: 20, maxPerSecond: 20 }, time);
  expect(await turnsIn(60, pace, time)).toBe(20);
});

test('the first turn comes one interval after the start, and turns are spaced evenly', async () => {
  const time = virtualTime();
  const pace = adaptive({ perSecond: 10, maxPerSecond: 10 }, time);
  const at: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) void pace.next(signal).then(() => at.push(time.now()));
  await time.run(1_000);
  expect(at).toEqual([100, 200, 300]);
});

test('a rate that nobody waits for does not grow', async () => {
  const time = virtualTime();
  const pace = adaptive(DEFAULTS, time);
  for (let at = 1_000; at <= 50_000; at += 1_000) {
    await time.run(at);
    void pace.next(signal);
  }
  expect(pace.perSecond()).toBe(20);
});

test('a 429 halves the rate; others of the same moment count as the same', async () => {
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

test('a portal that refuses everything is asked at a twentieth of the rate in the end, and at the whole rate after a minute of rest', async () => {
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

test('a turn nobody waits for any more is given up', async () => {
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

test('in real time, too', async () => {
  const pace = adaptive({ perSecond: 50, maxPerSecond: 50 });
  const begun = performance.now();
  await pace.next(signal);
  expect(performance.now() - begun).toBeGreaterThan(15);
});
