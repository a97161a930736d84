import { inspect } from 'node:util';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { eventBridge } from '../../../lambda/aws/event-bus.ts';
import { DomainError } from '../../../lambda/domain/errors.ts';
import type { FaultSetting } from '../../../local/emulators/ground/faults.ts';
import { type Emulators, startEmulators } from '../../../local/emulators/server.ts';
import { startEventBus } from '../../support/fake-event-bus.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const requestHandler = { connectionTimeout: 100, requestTimeout: 100, throwOnRequestTimeout: true };
const ample = () => new AbortController().signal;
const event = {
  name: 'Session Refused',
  detail: { eventId: 'e', revocationId: 'r', userId: 'u' },
} as const;

/** Makes one call, by default without the SDK's retries. */
const busAt = (endpoint: string, name = 'default', maxAttempts = 1) =>
  eventBridge(
    new EventBridgeClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts, requestHandler }),
    name,
  );

async function failureOf(call: Promise<unknown>): Promise<DomainError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  // The SDK's error contains the answer. Nothing of it may get out.
  expect(inspect(error, { showHidden: true, depth: null })).not.toContain('secret');
  if (!(error instanceof DomainError)) throw new Error('It did not fail as it should.');
  return error;
}

describe('a bus', () => {
  let bus: Awaited<ReturnType<typeof startEventBus>>;
  beforeEach(async () => {
    bus = await startEventBus();
  });
  afterEach(() => bus.close());

  test('gets the event with our source and its detail type', async () => {
    await busAt(bus.url, 'arn:aws:events:eu-west-1:111122223333:event-bus/security').put(event, ample());
    expect(bus.sent).toEqual([
      {
        source: 'session-revocation',
        name: 'Session Refused',
        bus: 'arn:aws:events:eu-west-1:111122223333:event-bus/security',
        detail: { eventId: 'e', revocationId: 'r', userId: 'u' },
      },
    ]);
  });

  test('that refuses the entry in a successful call fails the sending', async () => {
    bus.be('partly');
    const { code, cause } = await failureOf(busAt(bus.url).put(event, ample()));
    expect([code, cause?.name]).toEqual(['events-unavailable', 'ThrottlingException']);
  });

  test('that answers without an event id fails the sending', async () => {
    bus.be('odd');
    const { code, cause } = await failureOf(busAt(bus.url).put(event, ample()));
    expect([code, cause?.name]).toEqual(['events-unavailable', 'UnreadableAnswer']);
  });

  test('that fails is called again by the SDK', async () => {
    bus.be('down');
    await failureOf(busAt(bus.url, 'default', 3).put(event, ample()));
    expect(bus.refused()).toBe(3);
  });
});

describe('EventBridge', () => {
  let emulator: Emulators;
  beforeEach(async () => {
    emulator = await startEmulators();
  });
  afterEach(() => emulator.close());

  test.each<[string, Omit<FaultSetting, 'operation'>]>([
    ['throttles', { fault: 'throttle' }],
    ['fails', { fault: 'fail' }],
    ['hangs', { fault: 'hang' }],
    ['breaks the connection', { fault: 'cut' }],
    ['refuses', { fault: 'reject' }],
  ])('that %s makes sending fail, and a later try succeeds', async (_, fault) => {
    emulator.faults.set({ operation: 'events', ...fault });
    expect((await failureOf(busAt(emulator.url).put(event, ample()))).code).toBe('events-unavailable');
    emulator.faults.set({ operation: 'events', fault: 'none' });
    await busAt(emulator.url).put(event, ample());
  });

  test('is not awaited after the invocation ends', async () => {
    emulator.faults.set({ operation: 'events', fault: 'hang' });
    const call = busAt(emulator.url).put(event, AbortSignal.timeout(10));
    expect((await failureOf(call)).code).toBe('events-unavailable');
  });
});
