import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { retryDelaySeconds } from '../../../../lambda/domain/detect/retry-delay.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { readRevocation } from '../../../../lambda/domain/record/read-revocation.ts';
import { requestEveryone } from '../../../../lambda/domain/revoke/revoke-everyone.ts';
import type { TokenCache } from '../../../../lambda/domain/stores.ts';
import {
  apiCallEvent,
  identityStoreEvent,
  oktaEvent,
  scimPatchEvent,
  USER_ID,
  userRemovedEvent,
} from '../../../support/events.ts';
import {
  ampleTime,
  failed,
  fakeDirectory,
  fakePortal,
  fakeRecords,
  fakeWorld,
  type World,
} from '../../../support/fakes.ts';
import { ALICE, BOB, hold, someJob, someTokens } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const firstTime = { lastAttempt: false };
const process = (world: World, message: unknown) =>
  processMessage(world, JSON.stringify(message), ampleTime(), firstTime);

test('a removal ends the sessions of the one it names', async () => {
  const world = fakeWorld();
  await hold(world, USER_ID, 'one', 'two');
  const processed = await process(world, apiCallEvent('identitystore', 'DeleteUser', { userId: USER_ID }));
  expect(processed).toMatchObject({ kind: 'revoked' });
  expect(world.cache.sessions).toEqual([]);
  expect(world.cache.fences.get(USER_ID)?.getTime()).toBeGreaterThan(Date.UTC(2026, 2, 1));
});

test('delivered five times, it is one revocation; told twice, two that together end each session once', async () => {
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
  const world = { ...fakeWorld(), directory: fakeDirectory(status ? { [USER_ID]: status } : {}) };
  await hold(world, USER_ID, 'one');
  const event = apiCallEvent('identitystore-scim', 'PatchUser', { id: USER_ID });
  expect(await process(world, event)).toMatchObject({ kind });
  expect(world.cache.sessions).toHaveLength(left);
});

test('without an identity store to ask, a changed user is let be', async () => {
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
  'a user who was %s is kept from registering for as long as that takes',
  async (_name, event, status, days) => {
    const world = { ...fakeWorld(), directory: fakeDirectory(status ? { [USER_ID]: status } : {}) };
    await process(world, event);
    const fencedUntil = world.cache.fences.get(USER_ID)?.getTime() ?? 0;
    expect(Math.floor((fencedUntil - Date.UTC(2026, 0, 1)) / 86_400_000)).toBe(days);
  },
);

test('each change of a user is a revocation of its own, that its event is recorded as having asked for', async () => {
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

test('the reason that a removal gives is recorded', async () => {
  const world = fakeWorld();
  const processed = await process(world, userRemovedEvent({ userId: USER_ID, reason: 'left' }));
  const id = processed.kind === 'revoked' ? processed.revocationId : '';
  expect((await world.records.read(id, signal)).header).toMatchObject({ reason: 'left' });
});

test('user names are looked up; one that is gone is left to the sweep', async () => {
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

test('what tells of no removal is ignored, with a reason', async () => {
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
  ['a job that lacks its user', JSON.stringify({ ...someJob(), userId: undefined })],
])('%s is malformed', async (_name, body) => {
  const asked = processMessage(fakeWorld(), body, ampleTime(), firstTime);
  await expect(asked).rejects.toMatchObject({ code: 'message-malformed' });
});

test('what runs out of time is queued again as it is; if it had time for nothing, it comes back instead', async () => {
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

/** Does what is queued until nothing is left, as the workers do. */
async function workOff(world: World): Promise<string[]> {
  const kinds: string[] = [];
  for (let job = world.queue.jobs.shift(); job; job = world.queue.jobs.shift())
    kinds.push((await process(world, job)).kind);
  return kinds;
}

test('what failed comes back ever more slowly; what is malformed at once', () => {
  const delays = Array.from({ length: 11 }, (_, n) => retryDelaySeconds(n + 1));
  expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 360, 360, 360, 360]);
  expect(delays.reduce((a, b) => a + b)).toBeGreaterThan(30 * 60);
  expect(retryDelaySeconds(1, 'message-malformed')).toBe(0);
});

describe('everyone', () => {
  const ask = (world: World) => requestEveryone(world, { requestedBy: 'arn', reason: 'breach' }, ampleTime());
  const status = (world: World, id: string) => readRevocation(world, id, { limit: 10 }, ampleTime());

  test('one job for each user; complete when the last of them is', async () => {
    const world = fakeWorld();
    await hold(world, ALICE, 'a1', 'a2');
    await hold(world, BOB, 'b1');
    const { revocationId } = await ask(world);
    expect(await process(world, world.queue.jobs.shift())).toMatchObject({ kind: 'fanned-out' });
    expect(world.queue.jobs.map((job) => 'userId' in job && job.userId)).toEqual([ALICE, BOB]);
    expect(await status(world, revocationId)).toMatchObject({
      status: 'IN_PROGRESS',
      sessions: { found: 3, pending: 3 },
    });
    await process(world, world.queue.jobs.shift());
    expect(await status(world, revocationId)).toMatchObject({
      status: 'IN_PROGRESS',
      sessions: { loggedOut: 2, pending: 1 },
    });
    expect(await workOff(world)).toEqual(['revoked']);
    expect(await status(world, revocationId)).toMatchObject({
      status: 'COMPLETED',
      sessions: { found: 3, loggedOut: 3 },
    });
    expect(world.cache.begun).toEqual([]);
  });

  test('a job whose request did not come to record anything is done all the same', async () => {
    const world = fakeWorld();
    await hold(world, ALICE, 'a1');
    await ask({ ...world, records: fakeRecords() });
    const [job] = world.queue.jobs;
    expect(await workOff(world)).toEqual(['fanned-out', 'revoked']);
    expect(await status(world, job?.revocationId ?? '')).toMatchObject({
      status: 'COMPLETED',
      sessions: { loggedOut: 1 },
      roleSessions: { notDenied: 'per-user' },
    });
  });

  test('nobody is signed in: complete', async () => {
    const world = fakeWorld();
    const { revocationId } = await ask(world);
    expect(await workOff(world)).toEqual(['fanned-out']);
    expect(await status(world, revocationId)).toMatchObject({ status: 'COMPLETED', sessions: { found: 0 } });
  });

  const scanning = (world: World, scan: TokenCache['scan']): World => ({
    ...world,
    tokenCache: { ...world.tokenCache, scan },
  });

  /** A user on each page, of which there is time for so many. */
  function pagesOf(users: string[], timeFor: number) {
    const scanned: (string | undefined)[] = [];
    const scan = async (cursor: string | undefined) => {
      scanned.push(cursor);
      const at = Number(cursor ?? 0);
      const found = { userId: users[at] ?? '', sessions: 1, since: new Date(0) };
      const next = at + 1 < users.length ? String(at + 1) : undefined;
      return { users: [found], begun: [], fences: [], unreadable: 0, ...(next !== undefined && { next }) };
    };
    const deadline = { signal, remainingMillis: () => (scanned.length < timeFor ? 10_000 : 9_999) };
    return { scan, scanned, deadline };
  }

  test.each([
    [0, [], undefined],
    [1, [ALICE], '1'],
  ])(
    'with time for %i pages, the rest of the users is queued to go on with',
    async (timeFor, queued, cursor) => {
      const world = fakeWorld();
      const { revocationId } = await ask(world);
      const [job] = world.queue.jobs.splice(0);
      expect((await status(world, revocationId)).roleSessions.notDenied).toBe('per-user');
      const { scan, deadline } = pagesOf([ALICE, BOB], timeFor);
      const cut = await processMessage(scanning(world, scan), JSON.stringify(job), deadline, firstTime);
      expect(cut).toMatchObject({ kind: 'continued', revocationId });
      expect(world.queue.jobs.slice(0, -1).map((each) => 'userId' in each && each.userId)).toEqual(queued);
      expect(world.queue.jobs.at(-1)).toEqual({ ...job, ...(cursor !== undefined && { cursor }) });
      expect((await status(world, revocationId)).status).toBe('IN_PROGRESS');
      expect(world.cache.begun).toMatchObject([{ job: { revocationId } }]);
    },
  );

  test('what is queued of a user is complete in itself: whose, why, and that nobody was removed', async () => {
    const world = fakeWorld();
    const { revocationId: everyoneId } = await ask(world);
    const { scan, scanned } = pagesOf([ALICE, BOB], 2);
    const again = [world.queue.jobs[0], { ...world.queue.jobs[0], reason: undefined, cursor: '1' }];
    world.queue.jobs.splice(0);
    for (const job of again) await process(scanning(world, scan), job);
    expect(scanned).toEqual([undefined, '1', '1']);
    const common = { kind: 'revoke-user', source: 'http', requestedBy: 'arn', everyoneId };
    const requestedAt = '2026-01-01T00:00:00.000Z';
    const [alice, bob, bobAgain] = world.queue.jobs;
    for (const [job, userId] of [
      [alice, ALICE],
      [bob, BOB],
    ] as const) {
      const revocationId = expect.stringMatching(/^[\w-]{43}$/);
      const asked = { ...common, requestedAt, reason: 'breach', cause: 'signed-out' };
      expect(job).toEqual({ ...asked, userId, revocationId });
    }
    const { users } = await world.records.read(everyoneId, signal);
    const recorded = users.map(({ revocationId }) => revocationId);
    expect(recorded).toEqual([alice?.revocationId, bob?.revocationId]);
    expect(bobAgain?.revocationId).toBe(bob?.revocationId);
    expect(bobAgain).not.toHaveProperty('reason');
    expect(new Set([alice?.revocationId, bob?.revocationId, everyoneId]).size).toBe(3);
  });

  test.each([
    ['cursor-invalid', 'message-malformed'],
    ['store-unavailable', 'store-unavailable'],
  ] as const)('a page that fails with %s: %s', async (code, told) => {
    const world = fakeWorld();
    await ask(world);
    const scan = () => Promise.reject(new DomainError(code, 'no'));
    const processing = process(scanning(world, scan), world.queue.jobs[0]);
    await expect(processing).rejects.toMatchObject({ code: told });
  });

  test('a user who resists to the end makes it fail, and a redrive completes it', async () => {
    const world = fakeWorld();
    await hold(world, ALICE, 'a1');
    const { revocationId } = await ask(world);
    await process(world, world.queue.jobs.shift());
    const [job] = world.queue.jobs;
    const down = { ...world, portal: fakePortal(failed('unavailable')) };
    await processMessage(down, JSON.stringify(job), ampleTime(), { lastAttempt: true });
    expect(await status(world, revocationId)).toMatchObject({
      status: 'FAILED',
      sessions: { found: 1, failed: 1 },
    });
    expect(await workOff(world)).toEqual(['revoked']);
    expect(await status(world, revocationId)).toMatchObject({
      status: 'COMPLETED',
      sessions: { found: 1, loggedOut: 1 },
    });
  });
});
