import type { BusEvent } from '../../../../local/emulators/events/events.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

const taken: [bus: string, event: BusEvent][] = [];
let emulator: Emulators;

beforeAll(async () => {
  const putEvent = (bus: string, event: BusEvent) => taken.push([bus, event]);
  emulator = await startEmulators({ putEvent, region: 'eu-west-1', clock: () => Date.UTC(2026, 0, 2) });
});
afterAll(() => emulator.close());
beforeEach(() => taken.splice(0));

async function send(event: unknown): Promise<{ status: number; json: Record<string, unknown> }> {
  const init = { method: 'POST', body: JSON.stringify(event) };
  const response = await fetch(`${emulator.url}/_emulator/events`, init);
  return { status: response.status, json: Object(await response.json()) };
}

const deletion = { source: 'aws.identitystore', 'detail-type': 'User Deleted', detail: { userId: 'u' } };

test('an event of AWS reaches the default bus, in an envelope with the account of the local run', async () => {
  const { status, json } = await send(deletion);
  expect(status).toBe(201);
  const envelope = { version: '0', id: json.id, account: '000000000000', region: 'eu-west-1', resources: [] };
  expect(taken).toEqual([['default', { ...envelope, time: '2026-01-02T00:00:00Z', ...deletion }]]);
});

test('account, resources and bus can be set', async () => {
  const chosen = { account: '999999999999', resources: ['arn:x'] };
  await send({
    ...deletion,
    ...chosen,
    bus: 'arn:aws:events:eu-west-1:000000000000:event-bus/aws.partner/x',
  });
  expect(taken).toEqual([['aws.partner/x', expect.objectContaining(chosen)]]);
});

test.each([
  [{ source: 'my.app' }, 'source must begin with aws.'],
  [{ source: undefined }, 'source must begin with aws.'],
  [{ 'detail-type': '' }, 'detail-type must be a string'],
  [{ detail: '{}' }, 'detail must be an object'],
  [{ detail: [] }, 'detail must be an object'],
  [{ resources: 'arn:x' }, 'resources must be a list'],
  [{ account: 1 }, 'account must be 12 digits'],
])('%j is refused', async (part, message) => {
  const { status, json } = await send({ ...deletion, ...part });
  expect([status, json.message]).toEqual([400, expect.stringContaining(message)]);
  expect(taken).toEqual([]);
});
