import type { Context } from 'aws-lambda';
import { isRehearsal } from '../../../lambda/rehearsal.ts';
import { lambdaHandler } from '../../../lambda/shell/function.ts';
import { rehearsalOf } from '../../../lambda/shell/rehearsal.ts';
import { count, logger } from '../../../lambda/shell/telemetry.ts';
import { captureWritten } from '../../support/written.ts';

const written = captureWritten();
/** The parts that the shell reads. */
const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 29_000 } as Context;

function working(run: () => Promise<unknown>) {
  const events: { event: unknown; isRehearsal: boolean }[] = [];
  const handler = lambdaHandler<unknown, unknown>(async (event) => {
    events.push({ event, isRehearsal: isRehearsal() });
    logger.info('worked');
    count('AccessLeft');
    return run();
  });
  return { handler, rehearsal: rehearsalOf(handler, 'nothing'), events };
}

test('a rehearsal runs the function once, and logs and counts nothing', async () => {
  const { handler, rehearsal, events } = working(async () => {});
  await rehearsal();
  expect(events).toEqual([{ event: 'nothing', isRehearsal: true }]);
  expect(written.all()).toBe('');
  await handler('real', context);
  expect(events.at(-1)).toEqual({ event: 'real', isRehearsal: false });
  const [line, metric] = written.objects();
  expect(line).toMatchObject({ message: 'worked' });
  expect(metric).toMatchObject({ AccessLeft: 1 });
});

test('a rehearsal that fails is logged by name, and the function works', async () => {
  const { handler, rehearsal } = working(() => Promise.reject(new TypeError('canary-0123456789')));
  await rehearsal();
  const [line, ...others] = written.objects();
  expect(line).toMatchObject({ level: 'WARN', message: 'not rehearsed', defect: { name: 'TypeError' } });
  expect(others).toEqual([]);
  expect(written.all()).not.toContain('canary');
  await expect(handler('real', context)).rejects.toThrow(TypeError);
});

test('a rehearsal that takes too long is abandoned, and logs nothing when it ends', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { rehearsal } = working(async () => {
    await promise;
    logger.info('late');
    count('AccessLeft');
  });
  jest.useFakeTimers();
  const given = rehearsal();
  await jest.advanceTimersByTimeAsync(1_000);
  await given;
  jest.useRealTimers();
  expect(written.objects()).toMatchObject([{ message: 'not rehearsed' }]);
  resolve();
  await new Promise(setImmediate);
  expect(written.objects()).toHaveLength(1);
});
