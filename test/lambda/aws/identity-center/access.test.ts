import { inspect } from 'node:util';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { clientConfig } from '../../../../lambda/aws/clients.ts';
import {
  accessGiver,
  accessRemover,
  type IdentityCenter,
  userAccess,
} from '../../../../lambda/aws/identity-center/access.ts';
import { type Grant, grantKey } from '../../../../lambda/domain/access.ts';
import type { Fault, FaultedOperation } from '../../../../local/emulators/ground/faults.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

const INSTANCE = 'arn:aws:sso:::instance/ssoins-0000000000000000';
const [ACCOUNT, OTHER, MANAGEMENT] = ['111122223333', '444455556666', '999999999999'];
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
const SECOND = 1_000;

let emulator: Emulators;
let now: number;
let alice: string;
let permissionSetArn: string;
/** The pauses between two status checks of a change. */
let pauses: number[];
let meanwhile: () => void;

beforeEach(async () => {
  now = Date.UTC(2026, 0, 1);
  pauses = [];
  meanwhile = () => {};
  emulator = await startEmulators({ clock: () => now });
  alice = emulator.users.create({ userName: 'alice' }).userId;
  permissionSetArn = emulator.assignments.permissionSets.create({ name: 'Admin' }).permissionSetArn;
});
afterEach(() => emulator.close());

const ample = () => new AbortController().signal;

/** Makes one call at a time, without the SDK's retries. */
function center(endpoint = emulator.url): IdentityCenter {
  const options = { ...clientConfig, endpoint, credentials, region: 'eu-west-1', maxAttempts: 1 };
  return {
    ssoAdmin: new SSOAdminClient(options),
    instanceArn: INSTANCE,
    identityStore: new IdentitystoreClient(options),
    identityStoreId: 'd-0000000000',
    async pause(millis, signal) {
      pauses.push(millis);
      now += millis;
      meanwhile();
      signal.throwIfAborted();
    },
  };
}

const assignment = (accountId: string, principalId = alice, principalType: 'USER' | 'GROUP' = 'USER') => ({
  ...{ accountId, permissionSetArn, principalType, principalId },
});
const grant = (accountId: string): Grant => ({ kind: 'assignment', accountId, permissionSetArn });
const operations = () => emulator.requests.map(({ operation }) => operation);

/** Makes Alice a member of a new group. */
function join(displayName: string, more: { externalIds?: { issuer: string; id: string }[] } = {}): Grant {
  const { groupId } = emulator.groups.create({ displayName, ...more });
  const { membershipId } = emulator.groups.join(groupId, alice);
  return { kind: 'membership', groupId, membershipId };
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(inspect(error, { showHidden: true, depth: null })).not.toContain(alice);
  return error;
}

describe("listing a user's own access", () => {
  test('returns direct assignments and memberships, all pages, but nothing that a group grants', async () => {
    const own = [join('engineers'), join('auditors'), join('operators')];
    const [group] = own;
    emulator.assignments.assign(assignment(ACCOUNT));
    emulator.assignments.assign(assignment(OTHER));
    if (group?.kind === 'membership')
      emulator.assignments.assign(assignment('777788889999', group.groupId, 'GROUP'));
    emulator.assignments.set({ pageSize: 1 });
    emulator.groups.setPageSize(1);
    const grants = await userAccess(center()).grantsOf(alice, ample());
    const expected = [grant(ACCOUNT), grant(OTHER), ...own];
    expect(grants.map(grantKey).sort()).toEqual(expected.map(grantKey).sort());
    expect(grants).toEqual(expect.arrayContaining(expected));
  });

  test('returns the remaining assignments and no membership if the user is deleted', async () => {
    join('engineers');
    emulator.assignments.assign(assignment(ACCOUNT));
    emulator.users.delete(alice);
    expect(await userAccess(center()).grantsOf(alice, ample())).toEqual([grant(ACCOUNT)]);
  });

  test.each<FaultedOperation>(['sso-admin', 'identitystore'])(
    'fails if %s does not answer, instead of returning half',
    async (operation) => {
      join('engineers');
      emulator.assignments.assign(assignment(ACCOUNT));
      emulator.faults.set({ operation, fault: 'fail' });
      expect(await errorOf(userAccess(center()).grantsOf(alice, ample()))).toMatchObject({
        code: 'assignments-unavailable',
      });
    },
  );
});

/** The same may happen while an assignment is removed and while it is restored. */
const changes = [
  {
    change: 'taking an assignment away',
    done: 'removed',
    operation: 'sso-admin:DeleteAccountAssignment' as const,
    begin: () => emulator.assignments.assign(assignment(ACCOUNT)),
    make: (signal: AbortSignal) => accessRemover(center()).remove(alice, grant(ACCOUNT), signal),
    isDone: () => !emulator.assignments.has(assignment(ACCOUNT)),
    status: 'sso-admin:DescribeAccountAssignmentDeletionStatus',
    kind: 'delete' as const,
  },
  {
    change: 'giving an assignment back',
    done: 'given',
    operation: 'sso-admin:CreateAccountAssignment' as const,
    begin: () => {},
    make: (signal: AbortSignal) => accessGiver(center()).give(alice, grant(ACCOUNT), signal),
    isDone: () => emulator.assignments.has(assignment(ACCOUNT)),
    status: 'sso-admin:DescribeAccountAssignmentCreationStatus',
    kind: 'create' as const,
  },
];

describe.each(changes)('$change', ({ done, operation, begin, make, isDone, status, kind }) => {
  beforeEach(() => begin());

  test('checks the status with growing pauses until the change is complete', async () => {
    emulator.assignments.set({ changeMillis: 1.5 * SECOND });
    expect(await make(ample())).toBe(done);
    expect(isDone()).toBe(true);
    expect(operations()).toEqual([operation, status, status, status]);
    expect(pauses).toEqual([250, 500, SECOND]);
  });

  test('is under way after five checks, and completes without us', async () => {
    emulator.assignments.set({ changeMillis: 60 * SECOND });
    expect(await make(ample())).toBe('under-way');
    expect(pauses).toHaveLength(5);
    now += 60 * SECOND;
    expect(isDone()).toBe(true);
  });

  test('may succeed the next time if it failed', async () => {
    emulator.assignments.set({ failNext: 'Access to the account is denied.' });
    expect(await errorOf(make(ample()))).toMatchObject({
      code: 'assignments-unavailable',
      cause: { name: 'AccountAssignmentFailed' },
    });
    expect(isDone()).toBe(false);
    expect(await make(ample())).toBe(done);
    expect(isDone()).toBe(true);
  });

  test('is under way while another change of the same assignment is under way', async () => {
    emulator.assignments.set({ changeMillis: 60 * SECOND });
    emulator.assignments.request(kind, assignment(ACCOUNT));
    expect(await make(ample())).toBe('under-way');
    expect(operations()).toEqual([operation]);
  });

  test('fails if the status check is throttled, but completes without us', async () => {
    meanwhile = () => emulator.faults.set({ operation: 'sso-admin', fault: 'throttle' });
    expect(await errorOf(make(ample()))).toMatchObject({ code: 'assignments-unavailable' });
    now += SECOND;
    expect(isDone()).toBe(true);
  });

  test('is neither done nor refused if the status check is refused', async () => {
    emulator.assignments.set({ changeMillis: 60 * SECOND });
    const code = 'AccessDeniedException';
    meanwhile = () => emulator.faults.set({ operation: 'sso-admin', fault: 'reject', code });
    expect(await errorOf(make(ample()))).toMatchObject({
      code: 'assignments-unavailable',
      cause: { name: code },
    });
  });

  test('is under way if the invocation ends first', async () => {
    emulator.assignments.set({ changeMillis: 60 * SECOND });
    const ending = new AbortController();
    meanwhile = () => ending.abort();
    expect(await make(ending.signal)).toBe('under-way');
    expect(pauses).toHaveLength(1);
  });

  test.each<[string, { fault: Fault; code?: string }]>([
    ['throttling', { fault: 'throttle' }],
    ['its own error', { fault: 'fail' }],
    ['a broken connection', { fault: 'cut' }],
    ['a lost answer', { fault: 'lost' }],
    ['garbage', { fault: 'garbage' }],
    ['a quota', { fault: 'reject', code: 'ServiceQuotaExceededException' }],
    ['an error of tomorrow', { fault: 'reject', code: 'NewException' }],
  ])('fails with assignments-unavailable on %s, and succeeds the next time', async (_, fault) => {
    emulator.faults.set({ operation, ...fault, times: 1 });
    expect(await errorOf(make(ample()))).toMatchObject({ code: 'assignments-unavailable' });
    // By then the change is complete, even if only its answer got lost.
    now += SECOND;
    expect(await make(ample())).toBe(done);
    expect(isDone()).toBe(true);
  });

  test('ends with the invocation if there is no answer', async () => {
    emulator.faults.set({ operation, fault: 'hang' });
    expect(await errorOf(make(AbortSignal.timeout(100)))).toMatchObject({
      code: 'assignments-unavailable',
      cause: { name: 'TimeoutError' },
    });
  });
});

describe('removing access', () => {
  const remove = (one: Grant, signal = ample()) => accessRemover(center()).remove(alice, one, signal);

  test('an assignment that no longer exists counts as removed', async () => {
    expect(await remove(grant(ACCOUNT))).toBe('removed');
  });

  test('an assignment in the management account is left', async () => {
    emulator.assignments.assign(assignment(MANAGEMENT));
    emulator.assignments.set({ lockedAccountId: MANAGEMENT });
    expect(await remove(grant(MANAGEMENT))).toEqual({ left: 'refused' });
    expect(emulator.assignments.has(assignment(MANAGEMENT))).toBe(true);
  });

  test("other accounts, other users and the group's own assignments are unchanged", async () => {
    const bob = emulator.users.create({ userName: 'bob' }).userId;
    const mine = join('engineers');
    if (mine.kind !== 'membership') throw new Error();
    emulator.groups.join(mine.groupId, bob);
    const others = [assignment(OTHER), assignment(ACCOUNT, bob), assignment(ACCOUNT, mine.groupId, 'GROUP')];
    for (const each of [assignment(ACCOUNT), ...others]) emulator.assignments.assign(each);
    expect(await remove(grant(ACCOUNT))).toBe('removed');
    expect(await remove(mine)).toBe('removed');
    expect(emulator.assignments.all()).toEqual(others);
    expect(emulator.groups.memberships().map(({ userId }) => userId)).toEqual([bob]);
  });

  test('a membership in a group of another directory is left', async () => {
    const externalIds = [{ issuer: 'https://scim.aws.com/a', id: 'e1' }];
    const external = join('from Okta', { externalIds });
    expect(await remove(external)).toEqual({ left: 'external-group' });
    expect(emulator.groups.memberships()).toHaveLength(1);
    expect(operations()).toEqual(['identitystore:DescribeGroup']);
  });

  test('a membership that no longer exists counts as removed', async () => {
    const gone = join('engineers');
    emulator.groups.leaveAll(alice);
    expect(await remove(gone)).toBe('removed');
  });
});

describe('restoring access', () => {
  const give = (one: Grant, signal = ample()) => accessGiver(center()).give(alice, one, signal);

  test('restores a membership', async () => {
    const mine = join('engineers');
    emulator.groups.leaveAll(alice);
    expect(await give(mine)).toBe('given');
    expect(emulator.groups.membershipsOf(alice)).toHaveLength(1);
  });

  test('succeeds if the user is already a member', async () => {
    const mine = join('engineers');
    expect(await give(mine)).toBe('given');
    expect(emulator.groups.membershipsOf(alice)).toHaveLength(1);
  });

  test('is refused if the permission set of an assignment no longer exists', async () => {
    emulator.assignments.permissionSets.delete(permissionSetArn);
    expect(await errorOf(give(grant(ACCOUNT)))).toMatchObject({
      code: 'assignments-refused',
      cause: { name: 'ResourceNotFoundException' },
    });
  });

  test('is refused if Identity Center refuses the assignment', async () => {
    emulator.assignments.set({ lockedAccountId: MANAGEMENT });
    expect(await errorOf(give(grant(MANAGEMENT)))).toMatchObject({ code: 'assignments-refused' });
  });
});

test('if nobody listens at the endpoint, the failure is temporary', async () => {
  const nobody = center('http://127.0.0.1:9');
  for (const call of [
    userAccess(nobody).grantsOf(alice, ample()),
    accessRemover(nobody).remove(alice, grant(ACCOUNT), ample()),
    accessGiver(nobody).give(alice, grant(ACCOUNT), ample()),
  ]) {
    expect(await errorOf(call)).toMatchObject({ code: 'assignments-unavailable' });
  }
});
