import { once } from 'node:events';
import { untilAnswer } from '../../../lambda/domain/deadline.ts';

const invocation = new AbortController();
const withLeft = (millis: number) => ({ remainingMillis: () => millis, signal: invocation.signal });

test.each([
  ['when only the reserve is left', 1_080.7, 80],
  ['at once, if less than the reserve is left', 500, 0],
])('a signal fires %s', async (_name, left, millis) => {
  const start = performance.now();
  const signal = untilAnswer(withLeft(left));
  expect(signal.aborted).toBe(false);
  await once(signal, 'abort');
  // Timers count whole milliseconds.
  expect(performance.now() - start).toBeGreaterThan(millis - 2);
});

test('a signal fires when the invocation is answered, however much time is left', () => {
  const signal = untilAnswer(withLeft(60_000));
  invocation.abort();
  expect(signal.aborted).toBe(true);
});
