import type { DenyEntry } from '../../../../lambda/domain/denial.ts';
import { registerSession } from '../../../../lambda/domain/register/register-session.ts';
import { requestRevocation } from '../../../../lambda/domain/revoke/request-revocation.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { lift } from '../../../../lambda/domain/role-sessions/lift.ts';
import { scimPatchEvent, USER_ID, userRemovedEvent } from '../../../support/events.ts';
import { denyingWorld } from '../../../support/fake-deny-list.ts';
import {
  ampleTime,
  failed,
  fakeDirectory,
  fakePortal,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';
import { aRegistration } from '../../../support/registering.ts';
import { ALICE, fenceUntil, hold, someJob } from '../../../support/sessions.ts';
import { only, process, removal } from './processed.ts';

const { signal } = new AbortController();
const firstTime = { lastAttempt: false };

describe('lifting denials', () => {
  const inForce = async (entries: () => Promise<DenyEntry[]>) =>
    (await entries()).filter(({ lifted }) => !lifted).length;

  /** What the identity store says after the removal was processed. */
  const afterRemoval = async (status?: 'enabled' | 'disabled') => {
    const given = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'disabled' }) });
    await process(given.world, removal('DisableUser'));
    given.world.directory = fakeDirectory(status ? { [USER_ID]: status } : {});
    return given;
  };

  test('EnableUser lifts the denial of the removal', async () => {
    const { world, entries } = await afterRemoval('enabled');
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'lifted', denials: 1 });
    expect(await inForce(entries)).toBe(0);
    expect(only(await entries()).lifted?.by).toMatch(/User of /);
  });

  test.each(['disabled', undefined] as const)(
    'an EnableUser that is older than the removal lifts nothing if the user is %s',
    async (status) => {
      const { world, entries } = await afterRemoval(status);
      expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'ignored' });
      expect(await inForce(entries)).toBe(1);
    },
  );

  test('if the list cannot be read, the event fails instead of finding no denial', async () => {
    const { world, denying } = await afterRemoval('enabled');
    const list = { ...denying.list, entriesOf: () => Promise.reject(storeUnavailable()) };
    const broken = { ...world, lifting: { ...denying, list } };
    await expect(process(broken, removal('EnableUser'))).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  test('without an identity store, EnableUser lifts nothing, because anybody may have sent it', async () => {
    const { world, entries } = denyingWorld({ directory: undefined });
    await process(world, removal('DisableUser'));
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'ignored' });
    expect(await inForce(entries)).toBe(1);
  });

  test('if a changed user may sign in, the denials that the directory contradicts are lifted, and the fence, too', async () => {
    const { world, entries } = await afterRemoval('enabled');
    await world.cache.raiseFence(USER_ID, fenceUntil(new Date('2026-04-01T00:00:00Z')), signal);
    expect(await process(world, scimPatchEvent(USER_ID))).toMatchObject({ kind: 'lifted', denials: 1 });
    expect(await inForce(entries)).toBe(0);
    expect(await world.cache.fence(USER_ID, signal)).toBeUndefined();
  });

  test('a change of a user without denials writes nothing, because a synchronization changes everyone', async () => {
    const { world } = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'enabled' }) });
    expect(await process(world, scimPatchEvent(USER_ID))).toMatchObject({ kind: 'ignored' });
    expect(world.cache.fences.size).toBe(0);
  });

  test("a change lifts the denial and the fence of the company's own event only after an hour", async () => {
    const { world, entries, pass } = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'enabled' }) });
    await process(world, userRemovedEvent({ userId: USER_ID }));
    pass(0.9);
    expect(await process(world, scimPatchEvent(USER_ID))).toMatchObject({ kind: 'ignored' });
    expect(await inForce(entries)).toBe(1);
    expect(await world.cache.fence(USER_ID, signal)).toBeDefined();
    const later = { ...world, clock: () => new Date(Date.UTC(2026, 0, 1, 1)) };
    expect(await process(later, scimPatchEvent(USER_ID))).toMatchObject({ kind: 'lifted', denials: 1 });
  });

  test('an own event of the company from before EnableUser denies nobody if it arrives later', async () => {
    const { world, entries, pass } = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'enabled' }) });
    const own = { ...userRemovedEvent({ userId: USER_ID }), time: '2026-01-01T00:00:00Z' };
    pass(0.1);
    await process(world, removal('EnableUser'));
    pass(0.1);
    await hold(world, USER_ID, 'back');
    for (const held of world.cache.sessions) held.registeredAt = world.clock();
    await process(world, own);
    expect(await entries()).toEqual([]);
    expect(world.cache.sessions).toHaveLength(1);
  });

  test('an EnableUser from before a removal does not lift it, even if the directory still says enabled', async () => {
    const { world, entries, pass } = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'enabled' }) });
    pass(0.5);
    await process(world, userRemovedEvent({ userId: USER_ID }));
    pass(0.1);
    const early = { ...removal('EnableUser'), time: '2026-01-01T00:29:58Z' };
    expect(await process(world, early)).toMatchObject({ kind: 'ignored' });
    expect(await inForce(entries)).toBe(1);
    expect(await world.cache.fence(USER_ID, signal)).toBeDefined();
  });

  test('a caller who finds nothing to lift gets not-denied, and no fence is written', async () => {
    const { world } = denyingWorld();
    const asked = { userId: USER_ID, by: 'me', what: { kind: 'all' } } as const;
    await expect(lift(world, asked, signal)).rejects.toMatchObject({ code: 'not-denied' });
    expect(world.cache.fences.size).toBe(0);
  });

  test('EnableUser does not lift a denial with a cutoff, so that a stolen laptop stays locked out', async () => {
    const { world, entries } = denyingWorld({ directory: fakeDirectory({ [USER_ID]: 'enabled' }) });
    await requestRevocation(world, { user: { userId: USER_ID }, requestedBy: 'x' }, ampleTime());
    // Only the fence of the sign-out is lowered: the user may sign in.
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'lifted', denials: 0 });
    expect(await inForce(entries)).toBe(1);
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'ignored' });
  });

  test('a removal that is delivered again after it was lifted does not deny again', async () => {
    const { world, entries } = await afterRemoval('enabled');
    await process(world, removal('EnableUser'));
    await process(world, removal('DisableUser'));
    expect(await inForce(entries)).toBe(0);
  });

  test('lifting can be repeated if it could not wake the reconciler', async () => {
    const { world, denying, wakes } = denyingWorld();
    const asked = { userId: ALICE, by: 'me', what: { kind: 'all' } } as const;
    await requestRevocation(world, { user: { userId: ALICE }, requestedBy: 'x' }, ampleTime());
    const broken = { ...denying, reconciler: { wake: () => Promise.reject(storeUnavailable()) } };
    await expect(lift({ ...world, lifting: broken }, asked, signal)).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    const before = wakes();
    expect(await lift(world, asked, signal)).toBe(1);
    expect(wakes()).toBe(before + 1);
  });

  test('lifting that fails for one denial is not reported as done', async () => {
    const { world, denying } = denyingWorld();
    await requestRevocation(world, { user: { userId: ALICE }, requestedBy: 'x' }, ampleTime());
    const list = { ...denying.list, lift: () => Promise.reject(storeUnavailable()) };
    const broken = { ...world, lifting: { ...denying, list } };
    const lifting = lift(broken, { userId: ALICE, by: 'me', what: { kind: 'all' } }, signal);
    await expect(lifting).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  test("a caller's lift lifts everything; ended or lifted denials are not lifted again", async () => {
    const { world, denying, entries, pass } = denyingWorld();
    const liftAll = () => lift(world, { userId: ALICE, by: 'me', what: { kind: 'all' } }, signal);
    await expect(liftAll()).rejects.toMatchObject({ code: 'not-denied' });
    await requestRevocation(world, { user: { userId: ALICE }, requestedBy: 'x' }, ampleTime());
    await revokeUser(world, someJob({ cause: 'removed' }), ampleTime(), firstTime);
    expect(await liftAll()).toBe(2);
    expect((await entries()).map(({ lifted }) => lifted?.by)).toEqual(['me', 'me']);
    for (const entry of await entries()) await denying.list.settle(entry, { settled: 'lifted' }, signal);
    await expect(liftAll()).rejects.toMatchObject({ code: 'not-denied' });
    await requestRevocation(world, { user: { userId: ALICE }, requestedBy: 'x' }, ampleTime());
    pass(13);
    await expect(liftAll()).rejects.toMatchObject({ code: 'not-denied' });
  });
});

describe('the fence of a removal', () => {
  const asked = { userId: USER_ID, by: 'me', what: { kind: 'all' } } as const;
  const fenceOf = (world: World) => world.tokenCache.fence(USER_ID, signal);
  const removed = async (overrides: Partial<World> = {}) => {
    const given = denyingWorld({ directory: fakeDirectory(), ...overrides });
    given.world.portal = fakePortal(failed('unavailable'));
    await hold(given.world, USER_ID, 'one');
    await process(given.world, removal('DeleteUser'));
    given.world.directory = fakeDirectory({ [USER_ID]: 'enabled' });
    given.pass(1);
    return given;
  };

  test.each<[string, (world: World) => Promise<unknown>]>([
    ['if a caller lifts the denial', (world) => lift(world, asked, signal)],
    ['if the user is enabled again', (world) => process(world, removal('EnableUser'))],
  ])('is lowered %s, and the user can register again', async (_name, takeDown) => {
    const { world, entries } = await removed();
    expect(await fenceOf(world)).toBeDefined();
    await takeDown(world);
    expect(await fenceOf(world)).toBeUndefined();
    expect((await entries()).every(({ lifted }) => lifted)).toBe(true);
    const session = aRegistration({ owner: { user: { userId: USER_ID } } });
    expect(await registerSession(world, session, ampleTime())).toMatchObject({ isNew: true });
  });

  test('is not raised again by the same job or event, but by a newer one', async () => {
    const { world, pass } = await removed();
    const job = someJob({ userId: USER_ID, cause: 'deleted' });
    await lift(world, asked, signal);
    pass(1);
    await process(world, removal('DeleteUser'));
    await process(world, job);
    expect(await fenceOf(world)).toBeUndefined();
    world.directory = fakeDirectory();
    await process(world, { ...removal('DeleteUser'), id: 'another' });
    const inNinetyDays = new Date(world.clock().getTime() + 90 * 24 * 3_600_000);
    expect((await fenceOf(world))?.until).toEqual(inNinetyDays);
  });

  test('is lowered also in a stack without a deny list', async () => {
    const { world } = await removed({ denying: undefined, lifting: undefined });
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'lifted', denials: 0 });
    expect(await fenceOf(world)).toBeUndefined();
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'ignored' });
    await expect(lift(world, asked, signal)).rejects.toMatchObject({ code: 'not-denied' });
  });

  test('stays raised while the directory says that the user may not sign in', async () => {
    const { world } = await removed();
    world.directory = fakeDirectory({ [USER_ID]: 'disabled' });
    expect(await process(world, removal('EnableUser'))).toMatchObject({ kind: 'ignored' });
    expect(await fenceOf(world)).toBeDefined();
  });

  test('counts as lifted, even if no role session is denied', async () => {
    const { world, wakes } = denyingWorld();
    const fence = fenceUntil(new Date('2026-01-01T01:00:00Z'), world.clock());
    await world.tokenCache.raiseFence(USER_ID, fence, signal);
    expect(await lift(world, asked, signal)).toBe(0);
    expect(wakes()).toBe(0);
    await expect(lift(world, asked, signal)).rejects.toMatchObject({ code: 'not-denied' });
  });

  test('fails the call if it cannot be lowered, and the repetition lowers it', async () => {
    const { world } = await removed();
    const lowerFence = () => Promise.reject(storeUnavailable());
    const broken = { ...world, tokenCache: { ...world.tokenCache, lowerFence } };
    await expect(lift(broken, asked, signal)).rejects.toMatchObject({ code: 'store-unavailable' });
    await lift(world, asked, signal);
    expect(await fenceOf(world)).toBeUndefined();
  });
});
