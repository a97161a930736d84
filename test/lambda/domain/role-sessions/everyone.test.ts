import { EVERYONE } from '../../../../lambda/domain/denial.ts';
import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { derivedId } from '../../../../lambda/domain/ids.ts';
import type { Job } from '../../../../lambda/domain/job.ts';
import { readRevocation } from '../../../../lambda/domain/record/read-revocation.ts';
import { type EveryoneRequest, requestEveryone } from '../../../../lambda/domain/revoke/request-everyone.ts';
import { liftEveryone, liftUser } from '../../../../lambda/domain/role-sessions/lift.ts';
import { reconcileDenyList } from '../../../../lambda/domain/role-sessions/reconcile-deny-list.ts';
import { denyingWorld } from '../../../support/fake-deny-list.ts';
import { ampleTime, fakeDirectory, storeUnavailable, type World } from '../../../support/fakes.ts';
import { ALICE, BOB, hold } from '../../../support/sessions.ts';
import { only } from './processed.ts';

const { signal } = new AbortController();
const CAROL = '0c000000-0000-4000-8000-000000000003';
const HOUR = 3_600_000;

/** A world with a red button, its workers and a policy. */
function given() {
  const { world: made, entries, pass, wakes, denying } = denyingWorld();
  const world: World = { ...made, origin: 'bulk' };
  const policy = { text: '' };
  const press = (more: Partial<EveryoneRequest> = {}, on: World = world) =>
    requestEveryone(on, { requestedBy: 'arn', reason: 'breach', ...more }, ampleTime());
  const process = (job: unknown) =>
    processMessage(world, JSON.stringify(job), ampleTime(), { lastAttempt: false });
  return {
    world,
    lifting: { ...world, lifting: denying },
    entries,
    pass,
    wakes,
    policy,
    press,
    process,
    async workOff() {
      for (let job = world.queue.jobs.shift(); job; job = world.queue.jobs.shift()) await process(job);
    },
    read: (revocationId: string) => readRevocation(world, revocationId, { limit: 10 }, ampleTime()),
    reconcile: (policyCharacters = 5_120) =>
      reconcileDenyList(
        {
          clock: world.clock,
          list: denying.list,
          records: world.records,
          policies: {
            read: async () => policy.text,
            write: async (_id, text) => {
              policy.text = text;
            },
          },
          policyIds: ['p-1'],
          policyCharacters,
          adopted: false,
          pause: async () => {},
          reconciler: { wake: async () => {} },
        },
        ampleTime(),
      ),
  };
}

const ownId = (everyoneId: string, userId: string) => derivedId('user', 'everyone', everyoneId, userId);

describe('the red button', () => {
  test('enters one denial for everyone before it answers, as of the request, for the longest role session', async () => {
    const { world, entries, press, wakes } = given();
    const { revocationId, requestedAt } = await press();
    const at = new Date(requestedAt);
    expect(only(await entries())).toEqual({
      userId: EVERYONE,
      revocationId,
      except: [],
      cause: 'signed-out',
      askedAt: at,
      issuedBefore: at,
      until: new Date(at.getTime() + world.maxRoleSessionSeconds * 1000),
    });
    expect(wakes()).toBe(1);
  });

  test('denies everyone by one statement; its record says since when, and those of users point to it', async () => {
    const { world, press, workOff, reconcile, read, policy, entries } = given();
    await hold(world, ALICE, 'a1');
    await hold(world, BOB, 'b1');
    const { revocationId, roleSessions } = await press();
    expect(roleSessions).toMatchObject({ deniedAt: null, notDenied: 'pending' });
    await workOff();
    expect(await entries()).toHaveLength(1);
    expect(await reconcile()).toMatchObject({ everyoneDenied: 1, usersDenied: 0, settled: 1 });
    expect(JSON.parse(policy.text).Statement).toHaveLength(2);
    const everyone = await read(revocationId);
    expect(everyone).toMatchObject({ status: 'COMPLETED', except: [] });
    expect(everyone.roleSessions).toMatchObject({
      deniedAt: world.clock().toISOString(),
      deniedUntil: (await entries())[0]?.until.toISOString(),
      deniedIssuedBefore: world.clock().toISOString(),
    });
    expect(everyone.roleSessions).not.toHaveProperty('notDenied');
    for (const userId of [ALICE, BOB]) {
      const own = await read(ownId(revocationId, userId));
      expect(own).toMatchObject({ status: 'COMPLETED', everyoneId: revocationId });
      expect(own.roleSessions).toMatchObject({ deniedAt: null, notDenied: 'everyone' });
    }
  });

  test('removes the denial when it ends', async () => {
    const { world, press, reconcile, policy, pass } = given();
    await press();
    await reconcile();
    pass(world.maxRoleSessionSeconds / 3600);
    expect(await reconcile()).toMatchObject({ everyoneDenied: 0, policiesUpdated: 1 });
    expect(JSON.parse(policy.text).Statement).toHaveLength(1);
  });

  test('answers an error if the denial cannot be entered, and the queued job enters it', async () => {
    const { world, press, workOff, entries } = given();
    const list = { ...world.denying?.list, enter: () => Promise.reject(storeUnavailable()) };
    const broken = { ...world, denying: { ...world.denying, list } } as World;
    await expect(press({}, broken)).rejects.toMatchObject({ code: 'store-unavailable' });
    await workOff();
    expect(only(await entries())).toMatchObject({ userId: EVERYONE });
  });

  test('without a deny list, is recorded as switched-off for everyone and for each user', async () => {
    const { world, press, read, workOff } = given();
    world.denying = undefined;
    await hold(world, ALICE, 'a1');
    const { revocationId } = await press();
    await workOff();
    for (const id of [revocationId, ownId(revocationId, ALICE)]) {
      expect((await read(id)).roleSessions).toMatchObject({ notDenied: 'switched-off' });
    }
  });
});

describe('excepted users', () => {
  test('are neither signed out nor denied, whether the stack or the request excepts them', async () => {
    const { world, press, workOff, entries, read } = given();
    world.breakGlassUserIds = [BOB];
    for (const userId of [ALICE, BOB, CAROL]) await hold(world, userId, `of ${userId}`);
    const { revocationId, except } = await press({ except: [ALICE] });
    expect(except).toEqual([ALICE, BOB].sort());
    await workOff();
    expect(only(await entries()).except).toEqual([ALICE, BOB].sort());
    expect(world.cache.sessions.map(({ userId }) => userId).sort()).toEqual([ALICE, BOB].sort());
    expect(await read(revocationId)).toMatchObject({ status: 'COMPLETED', except, sessions: { found: 1 } });
  });

  test('are denied by their own removal', async () => {
    const { world, press, workOff, reconcile, policy } = given();
    world.directory = fakeDirectory({ [ALICE]: 'disabled' });
    await press({ except: [ALICE] });
    await workOff();
    const removal = { ...removalOf(ALICE), requestedAt: world.clock().toISOString() };
    await processMessage({ ...world, origin: 'removals' }, JSON.stringify(removal), ampleTime(), {
      lastAttempt: false,
    });
    await reconcile();
    const [removed] = JSON.parse(policy.text).Statement;
    expect(removed.Condition).toEqual({ StringEquals: { 'identitystore:UserId': ['nobody', ALICE] } });
  });

  test('are those of the first request, whatever a job or a repetition says', async () => {
    const { world, press, process, entries, read, pass } = given();
    await hold(world, ALICE, 'a1');
    await hold(world, BOB, 'b1');
    const { revocationId, requestedAt } = await press({ except: [ALICE] });
    const [job] = world.queue.jobs.splice(0);
    pass(1);
    const claims = [
      { ...job, except: [BOB] },
      { ...job, except: undefined, requestedAt: world.clock().toISOString() },
    ];
    for (const claim of claims) await process(claim);
    expect(only(await entries())).toMatchObject({ except: [ALICE], issuedBefore: new Date(requestedAt) });
    expect(world.queue.jobs.map((each) => 'userId' in each && each.userId)).toEqual([BOB, BOB]);
    expect(world.queue.jobs.every((each) => each.requestedAt === requestedAt)).toBe(true);
    expect((await read(revocationId)).except).toEqual([ALICE]);
  });

  test('are part of the request: the same key with others is refused, and in another order accepted', async () => {
    const { press, world } = given();
    const idempotencyKey = { key: 'k', owner: 'role' };
    const { revocationId } = await press({ idempotencyKey, except: [ALICE, BOB] });
    expect(await press({ idempotencyKey, except: [BOB, ALICE] })).toMatchObject({ revocationId });
    await expect(press({ idempotencyKey, except: [ALICE] })).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
    await expect(press({ idempotencyKey })).rejects.toMatchObject({ code: 'idempotency-key-reused' });
    world.breakGlassUserIds = [CAROL];
    const again = await press({ idempotencyKey, except: [ALICE, BOB] });
    expect(again).toMatchObject({ revocationId, except: [ALICE, BOB].sort() });
  });

  test('are none in a request without the field and in one with an empty list, which are the same request', async () => {
    const { press } = given();
    const idempotencyKey = { key: 'k', owner: 'role' };
    const { revocationId } = await press({ idempotencyKey });
    expect(await press({ idempotencyKey, except: [] })).toMatchObject({ revocationId });
  });
});

function removalOf(userId: string): Job {
  return {
    kind: 'revoke-user',
    revocationId: derivedId('user', 'removal', userId),
    source: 'event',
    requestedBy: 'event',
    requestedAt: '2026-01-01T00:00:00.000Z',
    userId,
    cause: 'disabled',
  };
}

test('a job from before the statement for everyone enters a denial for its user', async () => {
  const { world, press, process, entries, read } = given();
  await hold(world, ALICE, 'a1');
  const { revocationId } = await press();
  await process(world.queue.jobs.shift());
  const [job] = world.queue.jobs.splice(0);
  expect(job).toMatchObject({ userId: ALICE, deniedBy: 'everyone' });
  await process({ ...job, deniedBy: undefined });
  expect((await entries()).map(({ userId }) => userId).sort()).toEqual([ALICE, EVERYONE].sort());
  const own = await read(ownId(revocationId, ALICE));
  expect(own.roleSessions).toMatchObject({ notDenied: 'pending' });
});

describe('several red buttons', () => {
  const presses = async (excepts: string[][]) => {
    const all = given();
    const ids: string[] = [];
    for (const except of excepts) {
      ids.push((await all.press({ except })).revocationId);
      all.pass(1);
    }
    const reconciled = await all.reconcile();
    const records = await Promise.all(ids.map(all.read));
    return { ...all, reconciled, denied: records.map(({ roleSessions }) => roleSessions) };
  };

  test.each<[string, string[][], number]>([
    ['a later one with the same exceptions does for an earlier one', [[ALICE], [ALICE]], 1],
    ['a later one with fewer exceptions does for an earlier one', [[ALICE, BOB], [BOB]], 1],
    ['a later one without exceptions does for all', [[ALICE], [BOB], []], 1],
    ['a later one with more exceptions does not', [[], [ALICE]], 2],
    ['a later one with other exceptions does not', [[ALICE], [BOB]], 2],
  ])('%s', async (_name, excepts, statements) => {
    const { reconciled, denied } = await presses(excepts);
    expect(reconciled).toMatchObject({ everyoneDenied: statements, usersWithoutRoom: 0 });
    for (const { deniedAt, notDenied } of denied)
      expect([deniedAt, notDenied]).toEqual([expect.any(String), undefined]);
  });

  test('if a later one covers an earlier one, the earlier record has the later cutoff', async () => {
    const { denied, world } = await presses([[ALICE], []]);
    const [first, second] = denied;
    expect(first?.deniedIssuedBefore).toBe(new Date(world.clock().getTime() - HOUR).toISOString());
    expect(first?.deniedIssuedBefore).toBe(second?.deniedIssuedBefore);
  });

  test('lifting the later one lifts the earlier one, too', async () => {
    const { lifting, entries, reconcile } = await presses([[ALICE], []]);
    expect(await liftEveryone(lifting, { by: 'an operator', reason: 'pressed by mistake' }, signal)).toBe(2);
    expect((await entries()).every(({ lifted }) => lifted?.by === 'an operator')).toBe(true);
    expect(await reconcile()).toMatchObject({ everyoneDenied: 0 });
  });
});

describe('lifted denials', () => {
  test("lifting everyone's denial deletes the statement, and the record has caller and reason; a second call finds nothing", async () => {
    const { press, reconcile, lifting, read, policy, wakes } = given();
    const { revocationId } = await press();
    await reconcile();
    const before = wakes();
    expect(await liftEveryone(lifting, { by: 'an operator', reason: 'pressed by mistake' }, signal)).toBe(1);
    expect(wakes()).toBe(before + 1);
    await reconcile();
    expect(JSON.parse(policy.text).Statement).toHaveLength(1);
    expect((await read(revocationId)).roleSessions).toMatchObject({
      notDenied: 'lifted',
      liftedBy: 'an operator',
      liftedReason: 'pressed by mistake',
    });
    await expect(
      liftEveryone(lifting, { by: 'an operator', reason: 'pressed by mistake' }, signal),
    ).rejects.toMatchObject({ code: 'not-denied' });
  });

  test("lifting everyone's denial keeps the users' own denials", async () => {
    const { press, lifting, world, entries } = given();
    await press();
    await world.denying?.list.enter(denialOf(ALICE, world), signal);
    await liftEveryone(lifting, { by: 'an operator', reason: 'pressed by mistake' }, signal);
    expect((await entries()).find(({ userId }) => userId === ALICE)?.lifted).toBeUndefined();
  });

  test("lifting one user's denials keeps the statement for everyone, and the answer says so", async () => {
    const { press, lifting, world, entries } = given();
    await press({ except: [BOB] });
    const everyone = only(await entries());
    for (const userId of [ALICE, BOB]) await world.denying?.list.enter(denialOf(userId, world), signal);
    const lifted = (userId: string) => liftUser(lifting, { userId, by: 'an operator' }, signal);
    expect(await lifted(ALICE)).toEqual({ denialsLifted: 1, deniedAsEveryoneUntil: everyone.until });
    expect(await lifted(BOB)).toEqual({ denialsLifted: 1 });
    expect((await entries()).find(({ userId }) => userId === EVERYONE)?.lifted).toBeUndefined();
  });

  test('lifting a user who is denied only by the statement for everyone is an error that says so', async () => {
    const { press, lifting, entries, pass } = given();
    await press();
    const { until } = only(await entries());
    const lifted = () => liftUser(lifting, { userId: CAROL, by: 'an operator' }, signal);
    await expect(lifted()).rejects.toMatchObject({
      code: 'not-denied',
      message: expect.stringContaining(`revocation of everyone, until ${until.toISOString()}`),
    });
    pass(12);
    await expect(lifted()).rejects.toMatchObject({ message: expect.not.stringContaining('everyone') });
  });

  test("a user without room who is covered by everyone's denial raises no alarm, and the record has the cutoff that applies", async () => {
    const { press, world, reconcile, entries, pass, lifting, policy } = given();
    await world.denying?.list.enter(denialOf(ALICE, world), signal);
    await world.denying?.list.enter(denialOf(CAROL, world), signal);
    const records = [ALICE, CAROL].map((userId) => headerOf(userId, world));
    for (const header of records) await world.records.putHeader(header, signal);
    const room = 149 + 230 + 39;
    pass(1);
    await press({ except: [CAROL] });
    expect(await reconcile(room)).toMatchObject({ everyoneDenied: 1, usersDenied: 1, usersWithoutRoom: 1 });
    const settled = Object.fromEntries((await entries()).map((entry) => [entry.userId, entry]));
    expect(settled[ALICE]).toMatchObject({
      settled: 'denied',
      deniedIssuedBefore: settled[ALICE]?.issuedBefore,
    });
    expect(settled[CAROL]).toMatchObject({ settled: 'no-room' });
    await liftEveryone(lifting, { by: 'an operator', reason: 'pressed by mistake' }, signal);
    expect(await reconcile(room)).toMatchObject({ usersDenied: 2, usersWithoutRoom: 0 });
    // The cutoff of everyone was never the user's own.
    expect(policy.text).not.toContain(world.clock().toISOString().slice(0, 19));
  });
});

const denialOf = (userId: string, world: World) => ({
  userId,
  revocationId: `of-${userId}`,
  askedAt: world.clock(),
  issuedBefore: world.clock(),
  until: new Date(world.clock().getTime() + 12 * HOUR),
});

const headerOf = (userId: string, world: World) =>
  ({
    revocationId: `of-${userId}`,
    subject: { userId },
    source: 'http',
    requestedBy: 'x',
    requestedAt: world.clock(),
    portalSessionSeconds: 8 * 3600,
    maxRoleSessionSeconds: 12 * 3600,
    denial: 'asked',
  }) as const;
