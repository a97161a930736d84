import { processMessage, retryDelaySeconds } from '../../../lambda/domain/process-message.ts';
import { readRevocation } from '../../../lambda/domain/read-revocation.ts';
import { requestEveryone } from '../../../lambda/domain/revoke-everyone.ts';
import {
  apiCallEvent,
  identityStoreEvent,
  oktaEvent,
  USER_ID,
  userRemovedEvent,
} from '../../support/events.ts';
import {
  ampleTime,
  failed,
  fakeDirectory,
  fakePortal,
  fakeRecords,
  fakeWorld,
  type World,
} from '../../support/fakes.ts';
import { ALICE, BOB, hold, revokeUserJob, someTokens } from '../../support/sessions.ts';

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
  ['a job that lacks its user', JSON.stringify({ ...revokeUserJob(), userId: undefined })],
])('%s is malformed', async (_name, body) => {
  const asked = processMessage(fakeWorld(), body, ampleTime(), firstTime);
  await expect(asked).rejects.toMatchObject({ code: 'message-malformed' });
});

test('what runs out of time is queued again as it is; if it had time for nothing, it comes back instead', async () => {
  const world = fakeWorld();
  await hold(world, ALICE, ...someTokens(30));
  const job = revokeUserJob();
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
    });
  });

  test('nobody is signed in: complete', async () => {
    const world = fakeWorld();
    const { revocationId } = await ask(world);
    expect(await workOff(world)).toEqual(['fanned-out']);
    expect(await status(world, revocationId)).toMatchObject({ status: 'COMPLETED', sessions: { found: 0 } });
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
