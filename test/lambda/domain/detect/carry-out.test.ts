import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import {
  apiCallEvent,
  type EventEnvelope,
  identityStoreEvent,
  oktaEvent,
  scimPatchEvent,
  USER_ID,
  userRemovedEvent,
} from '../../../support/events.ts';
import { denyingWorld } from '../../../support/fake-deny-list.ts';
import { ampleTime, failed, fakeDirectory, fakePortal, type World } from '../../../support/fakes.ts';
import { hold, someJob } from '../../../support/sessions.ts';
import { process, removal } from '../role-sessions/processed.ts';

const { signal } = new AbortController();
const START = Date.UTC(2026, 0, 1);
const at = (minutes: number) => new Date(START + minutes * 60_000);
const NAME = 'jdoe@example.com';
type Status = 'enabled' | 'disabled' | undefined;

const directoryOf = (status: Status) =>
  fakeDirectory(status ? { [USER_ID]: status } : {}, { [NAME]: USER_ID });

/**
 * One session is registered before the event and one after it. The event is processed so many minutes after it
 * happened.
 */
async function tell(event: EventEnvelope, status: Status, minutesLater: number) {
  const { world, entries } = denyingWorld({ clock: () => at(minutesLater), directory: directoryOf(status) });
  const [before] = await hold(world, USER_ID, 'before', 'after');
  for (const held of world.cache.sessions)
    held.registeredAt = held.sessionId === before ? at(-1) : at(minutesLater / 2);
  const { kind } = await process(world, { ...event, time: at(0).toISOString() });
  const [denied] = await entries();
  const fence = await world.cache.fence(USER_ID, signal);
  return {
    kind,
    left: world.cache.sessions.length,
    denied: denied && (denied.issuedBefore ? 'before' : 'all'),
    fencedMinutes: fence && (fence.until.getTime() - START) / 60_000,
  };
}

const days = (count: number) => count * 24 * 60;
const GONE = { kind: 'revoked', left: 0, denied: 'all' };
const SIGNED_OUT = { kind: 'revoked', left: 1, denied: 'before', fencedMinutes: undefined };
const LET_BE = { kind: 'ignored', left: 2, denied: undefined, fencedMinutes: undefined };

const ofOkta = (type: string) =>
  oktaEvent(`user.lifecycle.${type}`, { target: [{ type: 'User', alternateId: NAME }] });
const everyRemoval: [string, EventEnvelope][] = [
  ['DeleteUser', apiCallEvent('identitystore', 'DeleteUser', { userId: USER_ID })],
  ['DisableUser', apiCallEvent('sso-directory', 'DisableUser', { userId: USER_ID })],
  ['User Deleted', identityStoreEvent('User Deleted', { userId: USER_ID })],
  ['User Disabled', identityStoreEvent('User Disabled', { userId: USER_ID })],
  ['Okta deactivate', ofOkta('deactivate')],
  ['Okta suspend', ofOkta('suspend')],
  ['Okta delete.completed', ofOkta('delete.completed')],
];

describe.each(everyRemoval)('%s', (_name, event) => {
  test.each([5, days(2)])(
    'carried out %i minutes later, treats the user as the directory does at that time',
    async (later) => {
      expect(await tell(event, undefined, later)).toEqual({ ...GONE, fencedMinutes: expect.any(Number) });
      expect(await tell(event, 'disabled', later)).toMatchObject(GONE);
      expect(await tell(event, 'enabled', later)).toEqual(SIGNED_OUT);
    },
  );

  test('fences for 90 days only a user who is deleted according to the directory', async () => {
    expect((await tell(event, undefined, 1)).fencedMinutes).toBeCloseTo(days(90), 0);
    expect((await tell(event, 'disabled', 0.2)).fencedMinutes).toBeCloseTo(0.5, 1);
    expect((await tell(event, 'enabled', 0.2)).fencedMinutes).toBeCloseTo(0.5, 1);
  });
});

describe("the company's own event", () => {
  const own = userRemovedEvent({ userId: USER_ID });

  test.each(['enabled', 'disabled', undefined] as const)(
    'counts for an hour, even if the directory says %s',
    async (status) => {
      expect(await tell(own, status, 59)).toMatchObject({ ...GONE, fencedMinutes: expect.closeTo(60, 0) });
    },
  );

  test('is checked against the directory if it is older', async () => {
    expect(await tell(own, 'enabled', 61)).toEqual(SIGNED_OUT);
    expect(await tell(own, 'disabled', 61)).toMatchObject(GONE);
    expect(await tell(own, undefined, 61)).toMatchObject(GONE);
  });

  test('with a future time counts as sent now', async () => {
    const world = { ...denyingWorld().world, clock: () => at(0), directory: directoryOf('enabled') };
    await hold(world, USER_ID, 'one');
    await process(world, { ...own, time: at(days(365)).toISOString() });
    const [{ requestedAt } = { requestedAt: undefined }] = (
      await world.records.byUser(USER_ID, { limit: 1 }, signal)
    ).headers;
    expect(requestedAt).toEqual(at(0));
  });
});

test.each([
  ['enabled', LET_BE],
  ['disabled', GONE],
  [undefined, GONE],
] as const)('a changed user who is %s', async (status, expected) => {
  expect(await tell(scimPatchEvent(USER_ID), status, 5)).toMatchObject(expected);
});

test('a removal that is carried out two days late denies from that time, because the user may have signed in meanwhile', async () => {
  const now = at(days(2));
  const { world, entries } = denyingWorld({ clock: () => now, directory: directoryOf('disabled') });
  await process(world, { ...removal('DisableUser'), time: at(0).toISOString() });
  const [denied] = await entries();
  expect(denied?.until).toEqual(new Date(now.getTime() + 20 * 3_600_000));
});

test('a user who comes back between two attempts keeps what was registered since', async () => {
  const { world, entries } = denyingWorld({ clock: () => at(0), directory: directoryOf('disabled') });
  await hold(world, USER_ID, 'before');
  world.portal = fakePortal(failed('unavailable'));
  const event = { ...removal('DisableUser'), time: at(0).toISOString() };
  expect(await process(world, event)).toMatchObject({ kind: 'not-ended' });
  const later = {
    ...world,
    clock: () => at(10),
    directory: directoryOf('enabled'),
    portal: denyingWorld().world.portal,
  };
  const [fresh] = await hold(world, USER_ID, 'after');
  for (const held of world.cache.sessions) if (held.sessionId === fresh) held.registeredAt = at(9);
  expect(await process(later, event)).toMatchObject({ kind: 'revoked' });
  expect(world.cache.sessions.map(({ sessionId }) => sessionId)).toEqual([fresh]);
  // The denial ends by the event of the return, or by the sweep.
  expect(await entries()).toHaveLength(1);
});

test('a sign-out that turns out to be a removal denies all role sessions', async () => {
  const { world, entries } = denyingWorld({ clock: () => at(0), directory: directoryOf('enabled') });
  await hold(world, USER_ID, 'before');
  world.portal = fakePortal(failed('unavailable'));
  const event = { ...removal('DisableUser'), time: at(0).toISOString() };
  await process(world, event);
  expect((await entries())[0]).toHaveProperty('issuedBefore');
  await process({ ...world, directory: directoryOf('disabled') }, event);
  expect((await entries())[0]).not.toHaveProperty('issuedBefore');
});

describe('a directory that does not answer', () => {
  const statusOf = () => Promise.reject(new DomainError('directory-unavailable', 'It is away.'));
  const event = { ...removal('DisableUser'), time: at(0).toISOString() };
  const given = async (minutes: number) => {
    const directory = { ...directoryOf('enabled'), statusOf };
    const { world, entries } = denyingWorld({ clock: () => at(minutes), directory });
    await hold(world, USER_ID, 'one');
    return { world, entries };
  };

  test('does not stop a removal of the last hour', async () => {
    const { world, entries } = await given(59);
    expect(await process(world, event)).toMatchObject({ kind: 'revoked' });
    expect((await entries())[0]).not.toHaveProperty('issuedBefore');
  });

  test('stops an older removal before it does anything, because the user may be back', async () => {
    const { world, entries } = await given(61);
    await expect(process(world, event)).rejects.toMatchObject({ code: 'directory-unavailable' });
    expect([world.cache.sessions.length, await entries()]).toEqual([1, []]);
  });

  test('does not stop a sign-out', async () => {
    const { world } = await given(61);
    expect(await process(world, someJob({ userId: USER_ID }))).toMatchObject({ kind: 'revoked' });
  });

  test('stops everything if it has a defect', async () => {
    const { world } = await given(1);
    const directory = { ...directoryOf('enabled'), statusOf: () => Promise.reject(new TypeError('bug')) };
    await expect(process({ ...world, directory }, event)).rejects.toThrow(TypeError);
  });
});

test('a removal that another run blocks returns to the queue, and is queued anew at its last attempt', async () => {
  const { world } = denyingWorld({ directory: directoryOf('disabled') });
  const lease = { holder: 'another', until: at(1) };
  await world.cache.takeLease(USER_ID, lease, at(0), signal);
  const job = someJob({ userId: USER_ID, cause: 'disabled' });
  const asked = (lastAttempt: boolean, w: World = world) =>
    processMessage(w, JSON.stringify(job), ampleTime(), { lastAttempt });
  expect(await asked(false)).toMatchObject({ kind: 'waiting' });
  expect(world.queue.jobs).toEqual([]);
  expect(await asked(true)).toMatchObject({ kind: 'continued' });
  expect(world.queue.jobs).toEqual([job]);
});
