import { atMost, evenly } from '../../../lambda/domain/pace.ts';

const { signal } = new AbortController();

test('turns are evenly spaced, starting with the first', async () => {
  const waits: number[] = [];
  const pace = evenly(10, async (millis) => waits.push(millis));
  for (let turn = 0; turn < 4; turn += 1) await pace(signal);
  // The test itself takes a few milliseconds, so each wait is that much shorter.
  expect(waits.map((millis) => Math.round(millis / 100))).toEqual([1, 2, 3, 4]);
});

test('a turn is cancelled if nobody waits for it any more', async () => {
  await expect(evenly(1)(AbortSignal.timeout(10))).rejects.toMatchObject({ name: 'AbortError' });
  await expect(evenly(1)(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
});

test('atMost keeps the order and the limit, and passes on an error', async () => {
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
