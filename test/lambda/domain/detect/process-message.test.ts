import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { retryDelaySeconds } from '../../../../lambda/domain/detect/retry-delay.ts';
import {
  apiCallEvent,
  identityStoreEvent,
  oktaEvent,
  scimPatchEvent,
  USER_ID,
  userRemovedEvent,
} from '../../../support/events.ts';
import { ampleTime, fakeDirectory, fakeWorld, type World } from '../../../support/fakes.ts';
import { ALICE, hold, someJob, someTokens } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const firstTime = { lastAttempt: false };
const process = (world: World, message: unknown) =>
  processMessage(world, JSON.stringify(message), ampleTime(), firstTime);

test('a removal ends the sessions of the user that it names', async () => {
  const world = fakeWorld();
  await hold(world, USER_ID, 'one', 'two');
  const processed = await process(world, apiCallEvent('identitystore', 'DeleteUser', { userId: USER_ID }));
  expect(processed).toMatchObject({ kind: 'revoked' });
  expect(world.cache.sessions).toEqual([]);
  expect(world.cache.fences.get(USER_ID)?.until.getTime()).toBeGreaterThan(Date.UTC(2026, 2, 1));
});

test('one event delivered five times is one revocation; a second event about it is another, and each session ends once', async () => {
  const world = fakeWorld();
  await hold(world, USER_ID, 'one', 'two');
  const call = apiCallEvent('identitystore', 'DeleteUser', { userId: USER_ID });
  const native = { ...identityStoreEvent('User Deleted', { userId: USER_ID }), id: 'another-event' };
  const ids: unknown[] = [];
  for (const event of [call, call, call, call, call, native]) {
    const processed = await process(world, event);
    if ('revocationId' in processed) ids.push(processed.revocationId);
  }
  expect(new Set(ids).size).toBe(2);
  const recorded = await Promise.all([...new Set(ids)].map((id) => world.records.read(String(id), signal)));
  expect(recorded.flatMap(({ outcomes }) => outcomes.map(({ outcome }) => outcome))).toEqual([
    'LOGGED_OUT',
    'LOGGED_OUT',
  ]);
});

test.each([
  ['enabled', 'ignored', 1],
  ['disabled', 'revoked', 0],
  [undefined, 'revoked', 0],
] as const)('a changed user who is %s: %s', async (status, kind, left) => {
  for (const event of [
    apiCallEvent('identitystore-scim', 'PatchUser', { id: USER_ID }),
    identityStoreEvent('User Updated', { userId: USER_ID }),
  ]) {
    const world = { ...fakeWorld(), directory: fakeDirectory(status ? { [USER_ID]: status } : {}) };
    await hold(world, USER_ID, 'one');
    expect(await process(world, event)).toMatchObject({ kind });
    expect(world.cache.sessions).toHaveLength(left);
  }
});

test.each([
  ['User Updated', 'disabled'],
  ['User Deleted', undefined],
] as const)('%s from two Regions is one revocation, and a later change is another', async (type, status) => {
  const world = { ...fakeWorld(), directory: fakeDirectory(status ? { [USER_ID]: status } : {}) };
  await hold(world, USER_ID, 'one');
  const event = identityStoreEvent(type, { userId: USER_ID });
  const elsewhere = { ...event, id: 'of-another-region', region: 'us-west-2' };
  const later = { ...event, time: '2026-01-02T03:05:00Z' };
  const ids: unknown[] = [];
  for (const each of [event, elsewhere, event, later])
    ids.push(Object(await process(world, each)).revocationId);
  expect(ids).toEqual([ids[0], ids[0], ids[0], ids[3]]);
  expect(ids[3]).not.toBe(ids[0]);
  const { outcomes } = await world.records.read(String(ids[0]), signal);
  expect(outcomes).toMatchObject([{ outcome: 'LOGGED_OUT' }]);
});

test('without an identity store, a changed user is ignored', async () => {
  const world = { ...fakeWorld(), directory: undefined };
  await hold(world, USER_ID, 'one');
  expect(await process(world, scimPatchEvent(USER_ID))).toMatchObject({ kind: 'ignored' });
  expect(world.cache.sessions).toHaveLength(1);
});

test.each([
  ['disabled', apiCallEvent('sso-directory', 'DisableUser', { userId: USER_ID }), 'disabled', 0],
  ['deleted', apiCallEvent('sso-directory', 'DeleteUser', { userId: USER_ID }), undefined, 90],
  ['found disabled', scimPatchEvent(USER_ID), 'disabled', 0],
  ['found deleted', scimPatchEvent(USER_ID), undefined, 90],
] as const)(
  'the fence of a user who was %s lasts 90 days only if the user was deleted',
  async (_name, event, status, days) => {
    const world = { ...fakeWorld(), directory: fakeDirectory(status ? { [USER_ID]: status } : {}) };
    await process(world, event);
    const fencedUntil = world.cache.fences.get(USER_ID)?.until.getTime() ?? 0;
    expect(Math.floor((fencedUntil - Date.UTC(2026, 0, 1)) / 86_400_000)).toBe(days);
  },
);

test('each change of a user is its own revocation, recorded as requested by its event', async () => {
  const world = fakeWorld();
  const ids: string[] = [];
  for (const id of ['first', 'second', 'first']) {
    const processed = await process(world, { ...scimPatchEvent(USER_ID), id });
    if (processed.kind === 'revoked') ids.push(processed.revocationId);
  }
  const [first, second, third] = ids;
  expect(third).toBe(first);
  expect(second).not.toBe(first);
  const { header } = await world.records.read(String(first), signal);
  expect(header).toMatchObject({
    source: 'event',
    requestedBy: 'PatchUser of identitystore-scim.amazonaws.com',
  });
  expect(header).not.toHaveProperty('reason');
});

test('the reason of a removal is recorded', async () => {
  const world = fakeWorld();
  const processed = await process(world, userRemovedEvent({ userId: USER_ID, reason: 'left' }));
  const id = processed.kind === 'revoked' ? processed.revocationId : '';
  expect((await world.records.read(id, signal)).header).toMatchObject({ reason: 'left' });
});

test('user names are looked up, and an event of Okta with an unknown name is ignored', async () => {
  const world = { ...fakeWorld(), directory: fakeDirectory({ 'jane@example.com': 'disabled' }) };
  await hold(world, 'jane@example.com', 'one');
  const target = (alternateId: string) => ({ target: [{ type: 'User', alternateId }] });
  const [known, gone] = ['jane@example.com', 'gone@example.com'].map((name) =>
    oktaEvent('user.lifecycle.deactivate', target(name)),
  );
  expect(await process(world, known)).toMatchObject({ kind: 'revoked' });
  expect(await process(world, gone)).toMatchObject({ kind: 'ignored' });
  await expect(process({ ...world, directory: undefined }, known)).rejects.toMatchObject({
    code: 'no-directory',
  });
});

test('an event that is no removal is ignored with a reason', async () => {
  const world = fakeWorld();
  const failedCall = apiCallEvent(
    'identitystore',
    'DeleteUser',
    { userId: USER_ID },
    { errorCode: 'AccessDenied' },
  );
  expect(await process(world, failedCall)).toMatchObject({ kind: 'ignored', why: expect.any(String) });
});

test.each([
  ['no JSON', '{'],
  ['no event', '[]'],
  ['a removal of nobody', JSON.stringify(userRemovedEvent({}))],
  ['a job whose id is too long', JSON.stringify(someJob({ revocationId: 'r'.repeat(44) }))],
  ['a job whose id is of a key', JSON.stringify(someJob({ revocationId: `key.${'r'.repeat(43)}` }))],
  ['a job whose session is none', JSON.stringify(someJob({ sessionId: 'user.s' }))],
  ['a job that lacks its user', JSON.stringify({ ...someJob(), userId: undefined })],
])('%s is malformed', async (_name, body) => {
  const asked = processMessage(fakeWorld(), body, ampleTime(), firstTime);
  await expect(asked).rejects.toMatchObject({ code: 'message-malformed' });
});

test('if time runs out, the same job is queued again after progress, and retried without', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, ...someTokens(30));
  const job = someJob();
  const body = JSON.stringify(job);
  const onePage = { signal, remainingMillis: () => (world.cache.sessions.length === 30 ? 60_000 : 9_000) };
  expect(await processMessage(world, body, onePage, firstTime)).toMatchObject({ kind: 'continued' });
  expect(world.queue.jobs).toEqual([job]);
  const noTime = { signal, remainingMillis: () => 9_000 };
  expect(await processMessage(world, body, noTime, firstTime)).toMatchObject({ kind: 'not-ended' });
  expect(world.queue.jobs).toHaveLength(1);
});

test('failed messages are retried with growing delays, malformed ones without delay', () => {
  const delays = Array.from({ length: 11 }, (_, n) => retryDelaySeconds(n + 1));
  expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 360, 360, 360, 360]);
  expect(delays.reduce((a, b) => a + b)).toBeGreaterThan(30 * 60);
  expect(retryDelaySeconds(1, 'message-malformed')).toBe(0);
});
