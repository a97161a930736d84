import { adaptive, type Rates } from '../../lambda/domain/adaptive-pace.ts';
import { Secret } from '../../lambda/domain/secret.ts';
import { paced } from '../../lambda/domain/sessions/paced-portal.ts';
import { fixedWindow, type Limit, limitedPortal, tokenBucket } from '../support/limited-portal.ts';
import { virtualTime } from '../support/virtual-time.ts';

const { signal } = new AbortController();
const token = new Secret('x');

/** The defaults of the stack. */
const DEFAULTS = { perSecond: 20, maxPerSecond: 100, atOnce: 20 };

interface Work {
  time: ReturnType<typeof virtualTime>;
  requests: { at: number; isTaken: boolean }[];
}

/** The share of one worker of bulk jobs. */
const shareOf = (workers: number, atOnce: number): Rates & { atOnce: number } => ({
  perSecond: DEFAULTS.perSecond / workers,
  maxPerSecond: DEFAULTS.maxPerSecond / workers,
  atOnce: Math.floor(atOnce / workers),
});

/** Workers with endless bulk jobs, each with the share that the stack gives it. */
function startWorkers(workers: number, limit: Limit, latency: number, pause = 0): Work {
  const time = virtualTime();
  const { portal, requests } = limitedPortal(time, limit, latency);
  // With 20 at once and 200 ms each, no more than 100 a second are possible, and fewer if some wait for a retry.
  const share = shareOf(workers, latency > 100 ? 2 * DEFAULTS.atOnce : DEFAULTS.atOnce);
  for (let worker = 0; worker < workers; worker += 1) {
    const own = paced(portal, adaptive(share, time), share.atOnce);
    const jobs = async () => {
      // Staggers the workers, so that no two begin at the same moment.
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

/** Counts the requests between two seconds. */
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
  'at a portal that takes $perSecond a second ($kind), $workers workers at $latency ms reach 90 % within 30 s, with less than 5 % throttled',
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
  'workers that pause between batches still reach 90 % of the limit, with less than 5 % throttled (%s)',
  async (_kind, limit) => {
    const work = startWorkers(2, limit(100), 100, 80);
    await work.time.run(60_000);
    expect(figures(work, 30, 60).taken).toBeGreaterThanOrEqual(90);
    expect(figures(work, 30, 60).throttled).toBeLessThan(0.05);
  },
);

test.each(cases.filter(({ workers, latency }) => workers === 2 && latency === 20))(
  'at a portal that takes $perSecond a second ($kind), a removal of five sessions takes at most 5 s while bulk work is at the limit',
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
