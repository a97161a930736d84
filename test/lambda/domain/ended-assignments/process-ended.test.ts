import {
  type ProcessEndedDeps,
  processEnded,
} from '../../../../lambda/domain/ended-assignments/process-ended.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { assignmentDeletedEvent, PERMISSION_SET_ARN, USER_ID } from '../../../support/events.ts';
import { anAssignment, assignmentsWorld, MEMBER_ACCOUNT } from '../../../support/fake-assignments.ts';
import { ampleTime, storeUnavailable } from '../../../support/fakes.ts';

/** The time of the world's clock at the start. */
const NOW = new Date('2026-01-01T00:00:00Z');
/** The call was recorded ten seconds earlier. */
const CALLED = new Date('2025-12-31T23:59:50.999Z');
const ASSIGNMENT = {
  accountId: MEMBER_ACCOUNT,
  permissionSetArn: PERMISSION_SET_ARN,
  permissionSetName: 'Admin',
};

const signal = new AbortController().signal;
const event = { ...assignmentDeletedEvent(), time: '2025-12-31T23:59:50Z' };
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

let world: ReturnType<typeof assignmentsWorld>;
beforeEach(() => {
  world = assignmentsWorld();
});

const process = (message: unknown = event, lastAttempt = false, deps: ProcessEndedDeps = world.deps) =>
  processEnded(deps, JSON.stringify(message), ampleTime(), { lastAttempt });

const removal = { userId: USER_ID, revocationId: 'user.removal', cause: 'removed' as const };

describe('an assignment that is gone', () => {
  test('is recorded, and its older role sessions are denied until they expire', async () => {
    const processed = await process();
    expect(processed).toMatchObject({
      kind: 'denied',
      comesBackAfterSeconds: 3_600,
      userId: USER_ID,
      accountId: MEMBER_ACCOUNT,
      permissionSetArn: PERMISSION_SET_ARN,
      revocationId: expect.stringMatching(/^assignment\.[\w-]{43}$/),
    });
    const { revocationId } = processed as { revocationId: string };
    expect(await world.entries()).toEqual([
      {
        userId: USER_ID,
        revocationId,
        cause: 'assignment-ended',
        askedAt: CALLED,
        assignment: ASSIGNMENT,
        issuedBefore: NOW,
        until: later(3_600),
      },
    ]);
    expect((await world.world.records.read(revocationId, signal)).header).toMatchObject({
      subject: { userId: USER_ID, assignment: ASSIGNMENT },
      source: 'event',
      requestedBy: 'DeleteAccountAssignment of sso.amazonaws.com',
      requestedAt: CALLED,
      maxRoleSessionSeconds: 3_600,
      denial: 'asked',
    });
    expect(world.wakes()).toBe(1);
  });

  test('is denied for the longest role session if the permission set has no duration', async () => {
    world.state.permissionSet = { name: 'Admin', sessionSeconds: undefined };
    await process();
    expect(await world.entries()).toMatchObject([{ until: later(12 * 3_600) }]);
  });

  test('is denied up to the moment of the lookup, so that a new assignment is not denied', async () => {
    const { assignments } = world.deps;
    const slow = {
      ofUser: async (...args: Parameters<typeof assignments.ofUser>) => {
        world.pass(1 / 60);
        return assignments.ofUser(...args);
      },
    };
    await process(event, false, { ...world.deps, assignments: slow });
    expect(await world.entries()).toMatchObject([{ issuedBefore: NOW }]);
  });

  test.each([
    ['in another account', { accountId: '444455556666' }],
    ['of another permission set', { permissionSetArn: PERMISSION_SET_ARN.replace('1a2b', '9a9b') }],
  ])('is denied, even if the user has other assignments %s', async (_, other) => {
    world.state.assignments = [anAssignment('user', other), anAssignment('group', other)];
    expect(await process()).toMatchObject({ kind: 'denied' });
  });

  test('is not checked again if its event is older than an hour, because the portal is up to date by then', async () => {
    const old = { ...event, time: '2025-12-31T22:59:59Z' };
    const processed = await process(old);
    expect(processed).toMatchObject({ kind: 'denied' });
    expect(processed).not.toHaveProperty('comesBackAfterSeconds');
  });

  test('is not checked again after the last attempt', async () => {
    expect(await process(event, true)).not.toHaveProperty('comesBackAfterSeconds');
    expect(await world.entries()).toHaveLength(1);
  });

  test('is not denied if its permission set no longer exists', async () => {
    world.state.permissionSet = undefined;
    expect(await process()).toMatchObject({ kind: 'no-permission-set' });
    expect(await world.entries()).toEqual([]);
  });
});

describe('if another assignment grants the same role', () => {
  test.each([
    ['of a group', [anAssignment('group')]],
    ['of a group, while the own one is still listed', [anAssignment('user'), anAssignment('group')]],
  ])('%s: nothing is denied', async (_, assignments) => {
    world.state.assignments = assignments;
    expect(await process()).toMatchObject({ kind: 'still-assigned' });
    expect(await world.entries()).toEqual([]);
    expect(world.wakes()).toBe(0);
  });
});

describe("if the user's own assignment is still listed", () => {
  test('the message returns, and denies once the assignment is gone', async () => {
    world.state.assignments = [anAssignment()];
    expect(await process()).toMatchObject({ kind: 'waiting' });
    expect(await world.entries()).toEqual([]);
    world.state.assignments = [];
    world.pass(0.01);
    expect(await process()).toMatchObject({ kind: 'denied' });
    expect(await world.entries()).toMatchObject([{ askedAt: CALLED, issuedBefore: later(36) }]);
  });

  test('to the last attempt, the assignment is kept and nothing is denied', async () => {
    world.state.assignments = [anAssignment()];
    expect(await process(event, true)).toMatchObject({ kind: 'kept' });
    expect(await world.entries()).toEqual([]);
  });
});

describe('the same event again', () => {
  test('within the hour, it is one denial, and its cutoff stays', async () => {
    await process();
    world.pass(0.5);
    expect(await process()).toMatchObject({ kind: 'denied', comesBackAfterSeconds: 1_800 });
    expect(await world.entries()).toMatchObject([{ issuedBefore: NOW, until: later(3_600) }]);
  });

  test('after the hour, it also denies what the portal issued meanwhile', async () => {
    await process();
    world.pass(1);
    const processed = await process();
    expect(processed).toMatchObject({ kind: 'still-ended' });
    expect(processed).not.toHaveProperty('comesBackAfterSeconds');
    expect(await world.entries()).toMatchObject([{ issuedBefore: later(3_600), until: later(7_200) }]);
    expect(world.wakes()).toBe(2);
  });

  test.each(['user', 'group'] as const)(
    'if the role was assigned to the %s meanwhile, the cutoff stays',
    async (kind) => {
      await process();
      world.state.assignments = [anAssignment(kind)];
      world.pass(1);
      const processed = await process();
      expect(processed).toMatchObject({ kind: 'still-assigned' });
      expect(await world.entries()).toMatchObject([{ issuedBefore: NOW }]);
    },
  );

  test('a lifted denial stays lifted', async () => {
    await process();
    const [entry] = await world.entries();
    if (entry) await world.denying.list.lift(entry, { at: NOW, by: 'somebody' }, signal);
    world.pass(1);
    expect(await process()).toMatchObject({ kind: 'lifted' });
    expect(await world.entries()).toMatchObject([{ issuedBefore: NOW }]);
  });
});

test('another event about the same assignment is another revocation', async () => {
  await process();
  await process({ ...event, id: 'another-event' });
  expect(new Set((await world.entries()).map(({ revocationId }) => revocationId)).size).toBe(2);
});

describe('a removed user', () => {
  test('is already denied everything: nothing is entered, and Identity Center is not asked', async () => {
    await world.denying.list.enter({ ...removal, until: later(3_600) }, signal);
    expect(await process()).toMatchObject({ kind: 'removed' });
    expect(await world.entries()).toHaveLength(1);
    expect(world.state.asked).toBe(0);
  });

  test.each<[string, () => Promise<void>]>([
    ['is over', () => world.denying.list.enter({ ...removal, until: NOW }, signal)],
    [
      'was lifted',
      async () => {
        const entry = { ...removal, until: later(3_600) };
        await world.denying.list.enter(entry, signal);
        await world.denying.list.lift(entry, { at: NOW, by: 'somebody' }, signal);
      },
    ],
    [
      'is a sign-out',
      () => world.denying.list.enter({ ...removal, issuedBefore: NOW, until: later(3_600) }, signal),
    ],
  ])('whose denial %s is treated like any other user', async (_, enter) => {
    await enter();
    expect(await process()).toMatchObject({ kind: 'denied' });
    expect(await world.entries()).toHaveLength(2);
  });
});

test('an event whose sender is not trusted does nothing', async () => {
  expect(await process({ ...event, account: '999999999999' })).toEqual({
    kind: 'ignored',
    why: expect.stringContaining('not believed'),
  });
  expect(world.state.asked).toBe(0);
});

test.each([
  ['no JSON', () => processEnded(world.deps, 'x', ampleTime(), { lastAttempt: false })],
  ['no event', () => process({ kind: 'revoke-user' })],
  ['nobody named', () => process(assignmentDeletedEvent({ principalId: 'jane' }))],
])('a message is malformed if it is %s', async (_, act) => {
  await expect(act()).rejects.toMatchObject({ code: 'message-malformed' });
});

describe('if something fails, the message is retried and nothing is lost', () => {
  const unavailable = async () => {
    throw new DomainError('assignments-unavailable', 'Down.');
  };
  const store = async () => {
    throw storeUnavailable();
  };
  const queue = async () => {
    throw new DomainError('queue-unavailable', 'Down.');
  };
  test.each<[string, (deps: ProcessEndedDeps) => Partial<ProcessEndedDeps>]>([
    [
      'reading the deny list',
      ({ denying }) => ({ denying: { ...denying, list: { ...denying.list, entriesOf: store } } }),
    ],
    ['the assignments', () => ({ assignments: { ofUser: unavailable } })],
    ['the permission set', () => ({ permissionSets: { find: unavailable } })],
    ['the record', () => ({ records: { putHeader: store } })],
    [
      'entering the denial',
      ({ denying }) => ({ denying: { ...denying, list: { ...denying.list, enter: store } } }),
    ],
    ['waking the reconciler', ({ denying }) => ({ denying: { ...denying, reconciler: { wake: queue } } })],
  ])('%s', async (_, broken) => {
    await expect(process(event, false, { ...world.deps, ...broken(world.deps) })).rejects.toThrow(
      DomainError,
    );
    expect(await process()).toMatchObject({ kind: 'denied' });
    const [entry] = await world.entries();
    expect(await world.entries()).toHaveLength(1);
    expect((await world.world.records.read(entry?.revocationId ?? '', signal)).header).toBeDefined();
    expect(world.wakes()).toBeGreaterThan(0);
  });
});
