import type { DenyEntry } from '../../../../lambda/domain/denial.ts';
import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { sweep } from '../../../../lambda/domain/detect/sweep.ts';
import { registerSession } from '../../../../lambda/domain/register/register-session.ts';
import { requestRevocation } from '../../../../lambda/domain/revoke/request-revocation.ts';
import { revokeSession } from '../../../../lambda/domain/revoke/revoke-session.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { liftDenials } from '../../../../lambda/domain/role-sessions/deny-list.ts';
import { Secret } from '../../../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../../../lambda/domain/session.ts';
import { apiCallEvent, scimPatchEvent, USER_ID, userRemovedEvent } from '../../../support/events.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import {
  alreadyInvalid,
  ampleTime,
  failed,
  fakeDirectory,
  fakePortal,
  fakeWorld,
  loggedOut,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';
import { ALICE, hold, someJob } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const firstTime = { lastAttempt: false };
const HOURS = 3_600_000;
const START = Date.UTC(2026, 0, 1);

/** A world that denies; its clock stands until it is moved. */
function denyingWorld(overrides: Partial<World> = {}) {
  let now = START;
  const clock = () => new Date(now);
  const fake = fakeDenying();
  const denying = { ...fake, clock };
  const world = { ...fakeWorld(), clock, denying, lifting: denying, ...overrides };
  const entries = async () => (await fake.list.entries(signal)).entries;
  const pass = (hours: number) => {
    now += hours * HOURS;
  };
  return { world, denying, entries, wakes: fake.wakes, pass };
}

const process = (world: World, event: unknown) =>
  processMessage(world, JSON.stringify(event), ampleTime(), firstTime);
const removal = (eventName: string) => ({
  ...apiCallEvent('sso-directory', eventName, { userId: USER_ID }),
  id: `of-${eventName}`,
});
const only = ([entry, ...others]: DenyEntry[]): DenyEntry => {
  if (!entry || others.length > 0) throw new Error('There is not one entry.');
  return entry;
};

describe('what enters the list', () => {
  test('a removed user, by id alone, until the longest role session is over', async () => {
    const { world, entries, wakes } = denyingWorld();
    await hold(world, USER_ID, 'one');
    await process(world, removal('DeleteUser'));
    const entry = only(await entries());
    expect(entry.issuedBefore).toBeUndefined();
    expect(entry.until).toEqual(new Date(START + 12 * HOURS));
    expect(wakes()).toBeGreaterThan(0);
  });

  test('a removed user of whom no session is held: their role sessions may live all the same', async () => {
    const { world, entries } = denyingWorld();
    await process(world, removal('DisableUser'));
    expect(only(await entries()).userId).toBe(USER_ID);
  });

  test('a user who was signed out, with a cutoff at the last Logout', async () => {
    const { world, entries, pass } = denyingWorld();
    await hold(world, ALICE, 'one');
    world.portal = fakePortal(failed('unavailable'), loggedOut);
    const job = someJob({ source: 'http' });
    expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('not-ended');
    expect(only(await entries())).toMatchObject({ issuedBefore: new Date(START) });
    pass(1);
    expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
    expect(only(await entries())).toMatchObject({
      issuedBefore: new Date(START + HOURS),
      until: new Date(START + 13 * HOURS),
    });
    pass(1);
    expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
    expect(only(await entries()).issuedBefore).toEqual(new Date(START + HOURS));
  });

  test('a user of a job from before there was a deny list, as one who was signed out', async () => {
    const { world, entries } = denyingWorld();
    await process(world, { ...someJob(), cause: undefined, deleted: false });
    expect(only(await entries()).issuedBefore).toEqual(new Date(START));
  });

  test('a session whose user is known, as its Logout says, however often it is repeated', async () => {
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

  test('no session whose user is not known, and the revocation says so', async () => {
    const { world, entries } = denyingWorld();
    const request = { accessToken: new Secret('a token'), requestedBy: 'x' };
    const { revocation } = await revokeSession(world, request, ampleTime());
    expect(await entries()).toEqual([]);
    expect(revocation.roleSessions).toMatchObject({ deniedAt: null, notDenied: 'user-unknown' });
  });

  test('nobody for a session that is registered meanwhile: whose it is, is only said', async () => {
    const { world, entries } = denyingWorld();
    await world.tokenCache.raiseFence(ALICE, new Date(START + HOURS), signal);
    const session = {
      user: { userId: ALICE },
      accessToken: new Secret('t'),
      accessTokenExpiresAt: new Date(START + HOURS),
      requestedBy: 'x',
    };
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
  ])('a user %s: by id alone', async (_name, event, directory) => {
    const { world, entries } = denyingWorld({ directory });
    await process(world, event);
    expect(only(await entries()).issuedBefore).toBeUndefined();
  });

  test('a user who was disabled, and enabled again before the event came: what is older, not what is newer', async () => {
    const { world, entries } = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'enabled' }) });
    await process(world, removal('DisableUser'));
    expect(only(await entries()).issuedBefore).toEqual(new Date(START));
  });

  test('a user who was disabled, while the identity store does not answer: by id alone', async () => {
    const directory = { ...fakeDirectory(), statusOf: () => Promise.reject(storeUnavailable()) };
    const { world, entries } = denyingWorld({ directory });
    await process(world, removal('DisableUser'));
    expect(only(await entries()).issuedBefore).toBeUndefined();
  });

  test('a session that proves to have been alive after all: what was issued until then', async () => {
    const { world, entries, pass } = denyingWorld();
    const request = { accessToken: new Secret('a token'), userId: ALICE, requestedBy: 'x' };
    world.portal = fakePortal(alreadyInvalid, loggedOut);
    await revokeSession(world, request, ampleTime());
    pass(5);
    await revokeSession(world, request, ampleTime());
    expect(only(await entries())).toMatchObject({
      issuedBefore: new Date(START + 5 * HOURS),
      until: new Date(START + 17 * HOURS),
    });
  });

  test.each([
    ['disabled', true],
    ['deleted', true],
    ['slipped-in', false],
  ])('a user whom the sweep finds %s: by id alone is %s', async (why, isRemoved) => {
    const users = why === 'disabled' ? { [ALICE]: 'disabled' as const } : {};
    const { world, entries } = denyingWorld({ directory: fakeDirectory(users) });
    await hold(world, ALICE, 'one');
    if (why === 'slipped-in') await world.tokenCache.raiseFence(ALICE, new Date(START + HOURS), signal);
    await sweep(world, { ...ampleTime(), remainingMillis: () => 60_000 });
    for (const job of world.queue.jobs) await process(world, job);
    expect(only(await entries()).issuedBefore === undefined).toBe(isRemoved);
  });

  test('an HTTP revocation that is repeated by its key moves nothing', async () => {
    const { world, entries, pass } = denyingWorld();
    const request = { user: { userId: ALICE }, requestedBy: 'x', idempotencyKey: 'k' };
    await requestRevocation(world, request, ampleTime());
    const before = await entries();
    pass(1);
    await requestRevocation(world, request, ampleTime());
    expect(await entries()).toEqual(before);
  });

  test('nobody, and no failure, where the stack does not deny: the revocation says so', async () => {
    const { world } = denyingWorld({ denying: undefined, lifting: undefined });
    const request = { user: { userId: ALICE }, requestedBy: 'x' };
    const { roleSessions } = await requestRevocation(world, request, ampleTime());
    expect(roleSessions).toMatchObject({ deniedAt: null, notDenied: 'switched-off' });
  });
});

describe('when the list, or the queue of the reconciler, fails', () => {
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
    '%s: Logout is not stopped, and the job is repeated',
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
    '%s: a session is ended, and the caller asked to repeat',
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

describe('what leaves the list', () => {
  const inForce = async (entries: () => Promise<DenyEntry[]>) =>
    (await entries()).filter(({ lifted }) => !lifted).length;

  /** What the identity store says once the removal has been processed. */
  const afterRemoval = async (status?: 'enabled' | 'disabled') => {
    const given = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'disabled' }) });
    await process(given.world, removal('DisableUser'));
    given.world.directory = fakeDirectory(status ? { [USER_ID]: status } : {});
    return given;
  };

  test('EnableUser lifts what the removal had denied', async () => {
    const { world, entries } = await afterRemoval('enabled');
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'lifted', denials: 1 });
    expect(await inForce(entries)).toBe(0);
    expect(only(await entries()).lifted?.by).toMatch(/User of /);
  });

  test.each(['disabled', undefined] as const)(
    'EnableUser that is older than the removal lifts nothing: the user is %s',
    async (status) => {
      const { world, entries } = await afterRemoval(status);
      expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'ignored' });
      expect(await inForce(entries)).toBe(1);
    },
  );

  test('a list that cannot be read is not taken for one without the user', async () => {
    const { world, denying } = await afterRemoval('enabled');
    const list = { ...denying.list, entriesOf: () => Promise.reject(storeUnavailable()) };
    const broken = { ...world, lifting: { ...denying, list } };
    await expect(process(broken, removal('EnableUser'))).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  test('without an identity store to ask, EnableUser lifts nothing: anybody may have sent it', async () => {
    const { world, entries } = denyingWorld({ directory: undefined });
    await process(world, removal('DisableUser'));
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'ignored' });
    expect(await inForce(entries)).toBe(1);
  });

  test('another change of a user who may still sign in lifts nothing: another system may have removed the user', async () => {
    const { world, entries } = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'enabled' }) });
    await process(world, userRemovedEvent({ userId: USER_ID }));
    expect(await process(world, scimPatchEvent(USER_ID))).toMatchObject({ kind: 'ignored' });
    expect(await inForce(entries)).toBe(1);
  });

  test('EnableUser leaves what has a cutoff: the stolen laptop stays locked out', async () => {
    const { world, entries } = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'enabled' }) });
    await requestRevocation(world, { user: { userId: USER_ID }, requestedBy: 'x' }, ampleTime());
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'ignored' });
    expect(await inForce(entries)).toBe(1);
  });

  test('a removal that is delivered again after it was lifted does not deny again', async () => {
    const { world, entries } = await afterRemoval('enabled');
    await process(world, removal('EnableUser'));
    await process(world, removal('DisableUser'));
    expect(await inForce(entries)).toBe(0);
  });

  test('EnableUser is ignored where the stack does not deny, without a question', async () => {
    const directory = { ...fakeDirectory(), statusOf: () => Promise.reject(new Error('asked')) };
    const { world } = denyingWorld({ denying: undefined, lifting: undefined, directory });
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'ignored' });
  });

  test('lifting that did not come to wake the reconciler can be repeated', async () => {
    const { world, denying, wakes } = denyingWorld();
    const asked = { userId: ALICE, by: 'me', what: 'all' } as const;
    await requestRevocation(world, { user: { userId: ALICE }, requestedBy: 'x' }, ampleTime());
    const broken = { ...denying, reconciler: { wake: () => Promise.reject(storeUnavailable()) } };
    await expect(liftDenials(broken, asked, signal)).rejects.toMatchObject({ code: 'store-unavailable' });
    const before = wakes();
    expect(await liftDenials(denying, asked, signal)).toBe(1);
    expect(wakes()).toBe(before + 1);
  });

  test('lifting of which a part fails is not told as done', async () => {
    const { world, denying } = denyingWorld();
    await requestRevocation(world, { user: { userId: ALICE }, requestedBy: 'x' }, ampleTime());
    const list = { ...denying.list, lift: () => Promise.reject(storeUnavailable()) };
    const lifting = liftDenials({ ...denying, list }, { userId: ALICE, by: 'me', what: 'all' }, signal);
    await expect(lifting).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  test('whoever asks lifts everything; what is over or lifted is nothing to lift', async () => {
    const { world, denying, entries, pass } = denyingWorld();
    const lift = () => liftDenials(denying, { userId: ALICE, by: 'me', what: 'all' }, signal);
    await expect(lift()).rejects.toMatchObject({ code: 'not-denied' });
    await requestRevocation(world, { user: { userId: ALICE }, requestedBy: 'x' }, ampleTime());
    await revokeUser(world, someJob({ cause: 'removed' }), ampleTime(), firstTime);
    expect(await lift()).toBe(2);
    expect((await entries()).map(({ lifted }) => lifted?.by)).toEqual(['me', 'me']);
    for (const entry of await entries()) await denying.list.settle(entry, { settled: 'lifted' }, signal);
    await expect(lift()).rejects.toMatchObject({ code: 'not-denied' });
    await requestRevocation(world, { user: { userId: ALICE }, requestedBy: 'x' }, ampleTime());
    pass(13);
    await expect(lift()).rejects.toMatchObject({ code: 'not-denied' });
  });
});
