import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { derivedId } from '../../../../lambda/domain/ids.ts';
import { readRevocation } from '../../../../lambda/domain/record/read-revocation.ts';
import { oktaEvent, userRemovedEvent } from '../../../support/events.ts';
import { ampleTime, fakeDirectory, fakeWorld, storeUnavailable, type World } from '../../../support/fakes.ts';
import { hold } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const NAME = 'Gone@example.com';
const DESCRIPTION = 'User Removed, sent by the offboarding process';

/** The event, delivered for the first time or again. */
const event = (id = 'e-1') => ({ ...userRemovedEvent({ userName: NAME, reason: 'left' }), id });
const process = (world: World, message: object) =>
  processMessage(world, JSON.stringify(message), ampleTime(), { lastAttempt: false });
const idOf = (eventId: string) => derivedId('user', 'event', NAME, eventId);

test('one of our own events with an unknown name is recorded as FAILED, and its message is done', async () => {
  const world = fakeWorld();
  const revocationId = idOf('e-1');
  expect(await process(world, event())).toEqual({ kind: 'nobody', revocationId, what: DESCRIPTION });
  expect(await readRevocation(world, revocationId, { limit: 9 }, ampleTime())).toEqual({
    revocationId,
    status: 'FAILED',
    error: 'user-not-found',
    subject: { userName: NAME },
    source: 'event',
    requestedBy: DESCRIPTION,
    reason: 'left',
    requestedAt: '2026-01-01T00:00:00.000Z',
    completedAt: null,
    sessions: { found: 0, loggedOut: 0, alreadyInvalid: 0, pending: 0, failed: 0 },
    // The clock was read again a second later. Bounds of an unfinished revocation are computed from now.
    roleSessions: { mayContinueUntil: '2026-01-01T20:00:00.000Z', deniedAt: null, notDenied: 'user-unknown' },
    outcomes: [],
  });
});

test('it raises no fence, queues nothing, and leaves nothing for the sweep', async () => {
  const world = fakeWorld();
  await process(world, event());
  expect(world.cache).toMatchObject({ fences: new Map(), notes: [] });
  expect(world.queue.jobs).toEqual([]);
});

test('the same event delivered again changes nothing, and another event is another record', async () => {
  const world = fakeWorld();
  const first = await process(world, event());
  const { header } = await world.records.read(idOf('e-1'), signal);
  expect(await process(world, event())).toEqual(first);
  expect((await world.records.read(idOf('e-1'), signal)).header).toEqual(header);
  expect(await process(world, event('e-2'))).toMatchObject({ kind: 'nobody', revocationId: idOf('e-2') });
});

test('without a reason, none is recorded', async () => {
  const world = fakeWorld();
  await process(world, { ...userRemovedEvent({ userName: NAME }), id: 'e-1' });
  expect((await world.records.read(idOf('e-1'), signal)).header).not.toHaveProperty('reason');
});

test('if it cannot be recorded, the message fails and is retried', async () => {
  const world = fakeWorld();
  const records = { ...world.records, putHeader: () => Promise.reject(storeUnavailable()) };
  await expect(process({ ...world, records }, event())).rejects.toMatchObject({ code: 'store-unavailable' });
});

test('events of Okta with unknown names are ignored, because Okta has people who are not in AWS', async () => {
  const world = fakeWorld();
  const putHeader = jest.fn(world.records.putHeader);
  const told = oktaEvent('user.lifecycle.deactivate', { target: [{ type: 'User', alternateId: NAME }] });
  const processed = await process({ ...world, records: { ...world.records, putHeader } }, told);
  expect(processed).toMatchObject({ kind: 'ignored' });
  expect(putHeader).not.toHaveBeenCalled();
});

test('an event with a known name revokes, and nothing is recorded under the name', async () => {
  const world = { ...fakeWorld(), directory: fakeDirectory({}, { [NAME.toLowerCase()]: 'u-1' }) };
  await hold(world, 'u-1', 'one');
  expect(await process(world, event())).toMatchObject({ kind: 'revoked' });
  expect((await world.records.read(idOf('e-1'), signal)).header).toBeUndefined();
});
