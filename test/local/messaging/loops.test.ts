import type { SQSEvent } from 'aws-lambda';
import { hopsOf, MAX_HOPS, nextHop } from '../../../local/ground/lineage.ts';
import { resources, startMessaging, until } from './messaging-stack.ts';

let messaging: ReturnType<typeof startMessaging> | undefined;
let bodies: string[];

afterEach(() => messaging?.close());

/** A function that sends a message to its own queue until the number in it is 0. */
function startCountdown(properties: object = {}) {
  bodies = [];
  const changes = {
    Fn: { ...resources.Fn, Properties: { ...resources.Fn.Properties, ...properties } },
    // One message per invocation: several would share the count of the longest chain.
    Mapping: { ...resources.Mapping, Properties: { ...resources.Mapping.Properties, BatchSize: 1 } },
  };
  const started = startMessaging(changes, async (functionId, event, trace) => {
    const [record] = (event as SQSEvent).Records;
    const body = record?.body ?? '';
    bodies.push(body);
    if (body !== '0')
      started.queue('Jobs').send(String(Number(body) - 1), { trace: nextHop(trace, functionId) });
  });
  messaging = started;
  return started;
}

const isEmpty = (counts: object) => Object.values(counts).every((count) => count === 0);

it('stops a function that calls itself by its own queue after 16 hops, and its message becomes a dead letter', async () => {
  const { queue, time, lines } = startCountdown();
  queue('Jobs').send('20');
  await until(() => lines.length === 1);
  expect(bodies).toHaveLength(16);
  expect(lines[0]).toMatch(/^Fn: stopped in a loop: RecursiveInvocationException for /);
  time.now += 60_000;
  await until(() => lines.length === 2);
  time.now += 60_000;
  await until(() => queue('Dead').counts().visible === 1);
  expect(queue('Dead').receive(1)).toMatchObject([{ body: '4' }]);
  expect(bodies).toHaveLength(16);
});

it('does not stop a function that may do so', async () => {
  const { queue, lines } = startCountdown({ RecursiveLoop: 'Allow' });
  queue('Jobs').send('40');
  await until(() => bodies.length === 41);
  await until(() => isEmpty(queue('Jobs').counts()));
  expect(lines).toEqual([]);
});

it('counts each function separately, and keeps the root of the chain', () => {
  const first = nextHop(undefined, 'A');
  const third = nextHop(nextHop(first, 'B'), 'A');
  expect([hopsOf(third, 'A'), hopsOf(third, 'B'), hopsOf(third, 'C'), hopsOf(undefined, 'A')]).toEqual([
    2, 1, 0, 0,
  ]);
  expect(third.split(';')[0]).toBe(first.split(';')[0]);
  expect(first).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Lineage=[0-9a-f]{8}:1$/);
  expect(MAX_HOPS).toBe(16);
});

it.each(['', 'Root=1-2-3', 'Lineage=', 'Root=1;Lineage=nonsense', 'Lineage=a:x|b:-1'])(
  'takes the header "%s" as the start of a chain',
  (header) => {
    expect(hopsOf(header, 'A')).toBe(0);
    expect(hopsOf(nextHop(header, 'A'), 'A')).toBe(1);
  },
);
