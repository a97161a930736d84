import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { readRevocation } from '../../../../lambda/domain/record/read-revocation.ts';
import { requestEveryone } from '../../../../lambda/domain/revoke/request-everyone.ts';
import type { TokenCache } from '../../../../lambda/domain/stores.ts';
import { ampleTime, failed, fakePortal, fakeRecords, fakeWorld, type World } from '../../../support/fakes.ts';
import { ALICE, BOB, hold } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const firstTime = { lastAttempt: false };
const bulkWorld = (): World => ({ ...fakeWorld(), origin: 'bulk' });
const process = (world: World, message: unknown) =>
  processMessage(world, JSON.stringify(message), ampleTime(), firstTime);

/** Processes queued jobs until none is left, as the workers do. */
async function workOff(world: World): Promise<string[]> {
  const kinds: string[] = [];
  for (let job = world.queue.jobs.shift(); job; job = world.queue.jobs.shift())
    kinds.push((await process(world, job)).kind);
  return kinds;
}

const ask = (world: World) => requestEveryone(world, { requestedBy: 'arn', reason: 'breach' }, ampleTime());
const status = (world: World, id: string) => readRevocation(world, id, { limit: 10 }, ampleTime());

test('one job per user is queued, and the revocation completes with the last of them', async () => {
  const world = bulkWorld();
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
  expect(world.cache.notes).toEqual([]);
});

test('a job is carried out even if its request crashed before it recorded anything', async () => {
  const world = bulkWorld();
  await hold(world, ALICE, 'a1');
  await ask({ ...world, records: fakeRecords() });
  const [job] = world.queue.jobs;
  expect(await workOff(world)).toEqual(['fanned-out', 'revoked']);
  expect(await status(world, job?.revocationId ?? '')).toMatchObject({
    status: 'COMPLETED',
    sessions: { loggedOut: 1 },
    roleSessions: { notDenied: 'switched-off' },
  });
});

test('if nobody is signed in, the revocation is NOTHING_HELD after the fan-out', async () => {
  const world = bulkWorld();
  const { revocationId } = await ask(world);
  expect(await workOff(world)).toEqual(['fanned-out']);
  expect(await status(world, revocationId)).toMatchObject({ status: 'NOTHING_HELD', sessions: { found: 0 } });
});

const scanning = (world: World, scan: TokenCache['scan']): World => ({
  ...world,
  tokenCache: { ...world.tokenCache, scan },
});

/** One user on each page, and time for so many pages. */
function pagesOf(users: string[], timeFor: number) {
  const scanned: (string | undefined)[] = [];
  const scan = async (cursor: string | undefined) => {
    scanned.push(cursor);
    const at = Number(cursor ?? 0);
    const found = { userId: users[at] ?? '', registeredAt: [new Date(0)] };
    const next = at + 1 < users.length ? String(at + 1) : undefined;
    return { users: [found], fences: [], ...(next !== undefined && { next }) };
  };
  const deadline = { signal, remainingMillis: () => (scanned.length < timeFor ? 10_000 : 9_999) };
  return { scan, scanned, deadline };
}

test.each([
  [0, 'not-ended', []],
  [1, 'continued', [ALICE]],
] as const)(
  'with time for %i pages, a job queues its continuation only after progress',
  async (timeFor, kind, queued) => {
    const world = bulkWorld();
    const { revocationId } = await ask(world);
    const [job] = world.queue.jobs.splice(0);
    expect((await status(world, revocationId)).roleSessions.notDenied).toBe('switched-off');
    const { scan, deadline } = pagesOf([ALICE, BOB], timeFor);
    const cut = await processMessage(scanning(world, scan), JSON.stringify(job), deadline, firstTime);
    expect(cut).toMatchObject({ kind, revocationId });
    const users = world.queue.jobs.filter((each) => each.kind === 'revoke-user');
    expect(users.map(({ userId }) => userId)).toEqual(queued);
    const rest = world.queue.jobs.filter((each) => each.kind === 'revoke-everyone');
    expect(rest).toEqual(kind === 'continued' ? [{ ...job, cursor: '1' }] : []);
    expect((await status(world, revocationId)).status).toBe('IN_PROGRESS');
    expect(world.cache.notes).toMatchObject([{ job: { revocationId } }]);
  },
);

test('a queued job of a user has all it needs: user, reason and cause signed-out', async () => {
  const world = bulkWorld();
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
    const revocationId = expect.stringMatching(/^user\.[\w-]{43}$/);
    const asked = { ...common, requestedAt, reason: 'breach', cause: 'signed-out' };
    expect(job).toEqual({ ...asked, userId, revocationId });
  }
  const { users } = await world.records.read(everyoneId, signal);
  const recorded = users.map(({ revocationId }) => revocationId);
  expect(recorded).toEqual([alice?.revocationId, bob?.revocationId]);
  expect(bobAgain?.revocationId).toBe(bob?.revocationId);
  // The reason comes from the stored record, not from the job.
  expect(bobAgain).toMatchObject({ reason: 'breach' });
  expect(new Set([alice?.revocationId, bob?.revocationId, everyoneId]).size).toBe(3);
});

test.each([
  ['cursor-invalid', 'message-malformed'],
  ['store-unavailable', 'store-unavailable'],
] as const)('a page that fails with %s: %s', async (code, told) => {
  const world = bulkWorld();
  await ask(world);
  const scan = () => Promise.reject(new DomainError(code, 'no'));
  const processing = process(scanning(world, scan), world.queue.jobs[0]);
  await expect(processing).rejects.toMatchObject({ code: told });
});

test("if one user fails to the last attempt, everyone's revocation is FAILED, and a redrive completes it", async () => {
  const world = bulkWorld();
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

const keyed = (world: World, key: string, reason = 'breach') =>
  requestEveryone(world, { requestedBy: 'arn', reason, idempotencyKey: { key, owner: 'role' } }, ampleTime());

test('repeating key and reason returns the same revocation, and starts nothing once it is complete', async () => {
  const world = bulkWorld();
  await hold(world, ALICE, 'a1');
  const { revocationId, requestedAt } = await keyed(world, 'k');
  expect(await keyed(world, 'k')).toMatchObject({ revocationId, requestedAt });
  await workOff(world);
  await hold(world, ALICE, 'signed in again');
  expect(await keyed(world, 'k')).toMatchObject({ revocationId, status: 'COMPLETED' });
  expect(world.queue.jobs).toEqual([]);
  expect(world.cache.sessions).toHaveLength(1);
  expect((await keyed(world, 'another key')).revocationId).not.toBe(revocationId);
});

test('the same key with another reason is refused, and nothing is queued', async () => {
  const world = bulkWorld();
  await keyed(world, 'k');
  world.queue.jobs.splice(0);
  await expect(keyed(world, 'k', 'a drill')).rejects.toMatchObject({ code: 'idempotency-key-reused' });
  expect(world.queue.jobs).toEqual([]);
});

test("a key of the red button has its own kind of id, so it cannot take a user's key", async () => {
  const world = bulkWorld();
  const claimKey = jest.fn(world.records.claimKey);
  await keyed({ ...world, records: { ...world.records, claimKey } }, 'k');
  expect(claimKey.mock.calls[0]?.[0]).toMatch(/^everyone\.[\w-]{43}$/);
});

test('a user who signed in since the request is left alone, and not even queued', async () => {
  const world = bulkWorld();
  await hold(world, ALICE, 'before', 'after');
  await hold(world, BOB, 'new');
  const { revocationId } = await ask(world);
  const [before] = world.cache.sessions;
  for (const held of world.cache.sessions)
    if (held !== before) held.registeredAt = new Date('2027-01-01T00:00:00Z');
  expect(await workOff(world)).toEqual(['fanned-out', 'revoked']);
  expect(world.cache.sessions).toHaveLength(2);
  expect(await status(world, revocationId)).toMatchObject({
    status: 'COMPLETED',
    sessions: { found: 1, loggedOut: 1 },
  });
});

test('a user whose sessions span two pages is queued once, and recorded with all sessions', async () => {
  const world = bulkWorld();
  const { revocationId } = await ask(world);
  const [job] = world.queue.jobs.splice(0);
  const pages = [[ALICE, BOB], [BOB], [BOB, 'u3'], ['u4']];
  const scan: TokenCache['scan'] = async (cursor) => {
    const at = Number(cursor ?? 0);
    const users = (pages[at] ?? []).map((userId) => ({ userId, registeredAt: [new Date(0)] }));
    return { users, fences: [], ...(at < 3 && { next: String(at + 1) }) };
  };
  await process(scanning(world, scan), job);
  expect(world.queue.jobs.map((each) => 'userId' in each && each.userId)).toEqual([ALICE, BOB, 'u3', 'u4']);
  expect(await status(world, revocationId)).toMatchObject({ sessions: { found: 6, pending: 6 } });
});

test('repeating a key does not queue again what is queued, but queues what could not be', async () => {
  const world = bulkWorld();
  const request = { requestedBy: 'arn', reason: 'breach', idempotencyKey: { key: 'k', owner: 'arn' } };
  const press = (w: World) => requestEveryone(w, request, ampleTime());
  const send = () => Promise.reject(new DomainError('queue-unavailable', 'The queue is down.'));
  await expect(press({ ...world, queue: { ...world.queue, send } })).rejects.toMatchObject({
    code: 'queue-unavailable',
  });
  const ids = [(await press(world)).revocationId, (await press(world)).revocationId];
  expect(new Set(ids).size).toBe(1);
  expect(world.queue.jobs).toHaveLength(1);
});

test('if a request was answered 503 and the sweep repeats it later, nobody is signed out a second time', async () => {
  const world = bulkWorld();
  await hold(world, ALICE, 'before');
  const send = () => Promise.reject(new DomainError('queue-unavailable', 'The queue is down.'));
  await expect(ask({ ...world, queue: { ...world.queue, send } })).rejects.toMatchObject({
    code: 'queue-unavailable',
  });
  const [stuck] = world.cache.notes;
  await ask(world);
  await workOff(world);
  await hold(world, ALICE, 'again');
  for (const held of world.cache.sessions) held.registeredAt = world.clock();
  world.queue.jobs.push(...(stuck ? [stuck.job] : []));
  expect(await workOff(world)).toEqual(['fanned-out']);
  expect(world.cache.sessions).toHaveLength(1);
});
