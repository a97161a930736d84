import { processReport } from '../../../../lambda/domain/detect/process-report.ts';
import { sweep } from '../../../../lambda/domain/detect/sweep.ts';
import { registerSession } from '../../../../lambda/domain/register/register-session.ts';
import { requestRevocation } from '../../../../lambda/domain/revoke/request-revocation.ts';
import { revokeSession } from '../../../../lambda/domain/revoke/revoke-session.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../../../lambda/domain/session.ts';
import { scimPatchEvent, USER_ID } from '../../../support/events.ts';
import { denyingWorld } from '../../../support/fake-deny-list.ts';
import {
  alreadyInvalid,
  ampleTime,
  failed,
  fakeDirectory,
  fakePortal,
  loggedOut,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';
import { aRegistration } from '../../../support/registering.ts';
import { ALICE, BOB, fenceUntil, hold, someJob } from '../../../support/sessions.ts';
import { only, process, removal } from './processed.ts';

const { signal } = new AbortController();
const firstTime = { lastAttempt: false };
const HOURS = 3_600_000;
const START = Date.UTC(2026, 0, 1);

describe('entering the deny list', () => {
  test('a removed user is denied by id alone, until everything that can still be obtained has expired', async () => {
    const { world, entries, wakes } = denyingWorld();
    await hold(world, USER_ID, 'one');
    await process(world, removal('DeleteUser'));
    const entry = only(await entries());
    expect(entry.issuedBefore).toBeUndefined();
    // The portal session issues role sessions for 8 hours, and the last of them lasts 12.
    expect(entry.until).toEqual(new Date(START + 20 * HOURS));
    expect(wakes()).toBeGreaterThan(0);
  });

  test('a removed user without held sessions is denied, too, because role sessions may exist', async () => {
    const { world, entries } = denyingWorld();
    await process(world, removal('DisableUser'));
    expect(only(await entries()).userId).toBe(USER_ID);
  });

  test('a signed-out user is denied with a cutoff at the request, even if the last Logout is late', async () => {
    const { world, entries, pass } = denyingWorld();
    await hold(world, ALICE, 'one');
    world.portal = fakePortal(failed('unavailable'), loggedOut);
    const job = someJob({ source: 'http' });
    const denied = { issuedBefore: new Date(START), until: new Date(START + 12 * HOURS) };
    for (const expected of ['not-ended', 'completed', 'completed']) {
      expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe(expected);
      expect(only(await entries())).toMatchObject(denied);
      pass(1);
    }
  });

  test('if an event is delivered again, the denial stays as of its first delivery', async () => {
    const { world, entries, pass } = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'enabled' }) });
    await hold(world, USER_ID, 'one');
    world.portal = fakePortal(failed('unavailable'));
    await process(world, removal('DisableUser'));
    const [denial, fence] = [only(await entries()), world.cache.fences.get(USER_ID)];
    pass(1);
    await process(world, removal('DisableUser'));
    expect(only(await entries())).toEqual(denial);
    expect(denial.issuedBefore).toEqual(new Date(START));
    expect(world.cache.fences.get(USER_ID)).toEqual(fence);
  });

  test('the user of a job from before the deny list is denied as signed out', async () => {
    const { world, entries } = denyingWorld();
    await process(world, { ...someJob(), cause: undefined, deleted: false });
    expect(only(await entries()).issuedBefore).toEqual(new Date(START));
  });

  test('revoking a session of a known user denies the user once, even if it is repeated', async () => {
    const { world, entries, pass } = denyingWorld();
    const request = { accessToken: new Secret('a token'), userId: ALICE, requestedBy: 'x' };
    const { revocation } = await revokeSession(world, request, ampleTime());
    expect(revocation.roleSessions).toMatchObject({ deniedAt: null, notDenied: 'pending' });
    pass(2);
    await revokeSession(world, request, ampleTime());
    expect(only(await entries())).toMatchObject({
      userId: ALICE,
      revocationId: revocation.revocationId,
      issuedBefore: new Date(START),
    });
  });

  test('revoking a session of an unknown user denies nobody, and the revocation says so', async () => {
    const { world, entries } = denyingWorld();
    const request = { accessToken: new Secret('a token'), requestedBy: 'x' };
    const { revocation } = await revokeSession(world, request, ampleTime());
    expect(await entries()).toEqual([]);
    expect(revocation.roleSessions).toMatchObject({ deniedAt: null, notDenied: 'user-unknown' });
  });

  test('registering a session under a fence denies nobody, because its user is only a claim', async () => {
    const { world, entries } = denyingWorld();
    const fence = fenceUntil(new Date(START + HOURS), new Date(START));
    await world.tokenCache.raiseFence(ALICE, fence, signal);
    const session = aRegistration();
    await expect(registerSession(world, session, ampleTime())).rejects.toMatchObject({
      code: 'user-revoked',
    });
    expect(await entries()).toEqual([]);
    const { header } = await world.records.read(sessionIdOf(session.accessToken), signal);
    expect(header?.denial).toBe('per-user');
  });

  test.each([
    ['who was changed, and may not sign in any more', scimPatchEvent(USER_ID), fakeDirectory()],
    ['who was disabled, with no identity store to ask', removal('DisableUser'), undefined],
  ])('a user %s is denied by id alone', async (_name, event, directory) => {
    const { world, entries } = denyingWorld({ directory });
    await process(world, event);
    expect(only(await entries()).issuedBefore).toBeUndefined();
  });

  test('a user who was disabled, and enabled again before the event came, is denied with a cutoff', async () => {
    const { world, entries } = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'enabled' }) });
    await process(world, removal('DisableUser'));
    expect(only(await entries()).issuedBefore).toEqual(new Date(START));
  });

  test('a disabled user is denied by id alone while the identity store does not answer', async () => {
    const directory = { ...fakeDirectory(), statusOf: () => Promise.reject(storeUnavailable()) };
    const { world, entries } = denyingWorld({ directory });
    await process(world, removal('DisableUser'));
    expect(only(await entries()).issuedBefore).toBeUndefined();
  });

  test('if a session turns out to have been alive, the cutoff stays at the first request', async () => {
    const { world, entries, pass } = denyingWorld();
    const request = { accessToken: new Secret('a token'), userId: ALICE, requestedBy: 'x' };
    world.portal = fakePortal(alreadyInvalid, loggedOut);
    await revokeSession(world, request, ampleTime());
    const first = await entries();
    pass(5);
    const { recorded } = await revokeSession(world, request, ampleTime());
    expect(recorded?.outcome).toBe('LOGGED_OUT');
    expect(await entries()).toEqual(first);
    expect(only(first)).toMatchObject({
      issuedBefore: new Date(START),
      until: new Date(START + 12 * HOURS),
    });
  });

  test('if two users hold the same session, nobody is denied, because its user is unknown', async () => {
    for (const owners of [
      [ALICE, BOB],
      [BOB, ALICE],
    ]) {
      const { world, entries } = denyingWorld();
      for (const userId of owners) await hold(world, userId, 'a token');
      const request = { accessToken: new Secret('a token'), userId: BOB, requestedBy: 'x' };
      const { revocation } = await revokeSession(world, request, ampleTime());
      expect(revocation.sessions.loggedOut).toBe(1);
      expect(await entries()).toEqual([]);
      expect(revocation.roleSessions.notDenied).toBe('user-unknown');
      expect(revocation.subject).not.toHaveProperty('userId');
    }
  });

  test('the user who holds the session is denied, whomever the request names', async () => {
    const { world, entries } = denyingWorld();
    await hold(world, ALICE, 'a token');
    const request = { accessToken: new Secret('a token'), userId: BOB, requestedBy: 'x' };
    await revokeSession(world, request, ampleTime());
    expect(only(await entries()).userId).toBe(ALICE);
  });

  /** Runs the sweep, then lets the workers process its reports. */
  async function sweepAndWork(world: World, users: Parameters<typeof fakeDirectory>[0] = {}): Promise<void> {
    await sweep({ ...world, directory: fakeDirectory(users) }, ampleTime());
    const queues = { removals: world.queue, bulk: world.queue };
    for (const report of world.reports.sent) {
      await processReport({ ...world, queues }, JSON.stringify(report), ampleTime());
    }
    for (const job of world.queue.jobs) await process(world, job);
  }

  test.each(['disabled', 'deleted'] as const)(
    'a user whom the sweep finds %s is denied by id alone',
    async (why) => {
      const users = why === 'disabled' ? { [ALICE]: 'disabled' as const } : {};
      const { world, entries } = denyingWorld({ directory: fakeDirectory(users) });
      await hold(world, ALICE, 'one');
      await sweepAndWork(world, users);
      expect(only(await entries()).issuedBefore).toBeUndefined();
      expect(world.cache.sessions).toEqual([]);
    },
  );

  test('a user id that was never confirmed is neither denied nor fenced by the sweep, and its rows are deleted', async () => {
    const { world, entries } = denyingWorld({ directory: fakeDirectory() });
    await hold(world, ALICE, 'one');
    for (const session of world.cache.sessions) session.confirmed = false;
    await sweepAndWork(world);
    expect(await entries()).toEqual([]);
    expect(world.cache.fences.size).toBe(0);
    expect(world.cache.sessions).toEqual([]);
  });

  test('a session registered under a fence denies nobody, because the revocation that raised the fence does', async () => {
    const { world, entries } = denyingWorld({ directory: fakeDirectory({ [ALICE]: 'enabled' }) });
    await hold(world, ALICE, 'one');
    const fence = fenceUntil(new Date(START + HOURS), new Date(START));
    await world.tokenCache.raiseFence(ALICE, fence, signal);
    await sweepAndWork(world, { [ALICE]: 'enabled' });
    expect(await entries()).toEqual([]);
    expect(world.cache.sessions).toEqual([]);
  });

  test('repeating an HTTP revocation by its key changes no entry', async () => {
    const { world, entries, pass } = denyingWorld();
    const request = { user: { userId: ALICE }, requestedBy: 'x', idempotencyKey: { key: 'k', owner: 'x' } };
    await requestRevocation(world, request, ampleTime());
    const before = await entries();
    pass(1);
    await requestRevocation(world, request, ampleTime());
    expect(await entries()).toEqual(before);
  });

  test('in a stack without a deny list, nobody is denied, nothing fails, and the revocation says so', async () => {
    const { world } = denyingWorld({ denying: undefined, lifting: undefined });
    const request = { user: { userId: ALICE }, requestedBy: 'x' };
    const { roleSessions } = await requestRevocation(world, request, ampleTime());
    expect(roleSessions).toMatchObject({ deniedAt: null, notDenied: 'switched-off' });
  });
});

describe("if the deny list or the reconciler's queue fails", () => {
  const broken = (part: 'list' | 'reconciler') => {
    const given = denyingWorld();
    const fail = async () => {
      throw storeUnavailable();
    };
    const denying = {
      ...given.denying,
      ...(part === 'list' && { list: { ...given.denying.list, enter: fail } }),
      ...(part === 'reconciler' && { reconciler: { wake: fail } }),
    };
    return { ...given, mended: given.world, world: { ...given.world, denying } };
  };

  test.each(['list', 'reconciler'] as const)(
    '%s: Logout still happens, and the job is retried',
    async (part) => {
      const { world, mended, entries } = broken(part);
      await hold(world, ALICE, 'one', 'two');
      const job = someJob();
      await expect(revokeUser(world, job, ampleTime(), firstTime)).rejects.toMatchObject({
        code: 'store-unavailable',
      });
      expect(world.cache.sessions).toEqual([]);
      expect((await world.records.read(job.revocationId, signal)).header?.completion).toBeUndefined();
      expect(await revokeUser(mended, job, ampleTime(), firstTime)).toBe('completed');
      expect(only(await entries()).userId).toBe(ALICE);
    },
  );

  test.each(['list', 'reconciler'] as const)(
    '%s: the session is ended, and the caller is asked to repeat',
    async (part) => {
      const { world, mended, entries } = broken(part);
      const request = { accessToken: new Secret('a token'), userId: ALICE, requestedBy: 'x' };
      await expect(revokeSession(world, request, ampleTime())).rejects.toMatchObject({
        code: 'record-incomplete',
      });
      await revokeSession(mended, request, ampleTime());
      expect(only(await entries()).userId).toBe(ALICE);
    },
  );
});

test('if a session was revoked without its user and is revoked again with one, nobody is denied whom the record does not name', async () => {
  const { world, entries } = denyingWorld();
  const request = { accessToken: new Secret('a token'), requestedBy: 'x' };
  await revokeSession(world, request, ampleTime());
  const { revocation } = await revokeSession(world, { ...request, userId: ALICE }, ampleTime());
  expect(revocation).toMatchObject({
    subject: { sessionId: expect.any(String) },
    roleSessions: { notDenied: 'user-unknown' },
  });
  expect(await entries()).toEqual([]);
});
