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
/** What happens between two looks at a change. */
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

/** One call at a time, without the SDK's retries. */
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

/** A membership of Alice in a new group. */
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

describe('what a user has of their own', () => {
  test('direct assignments and memberships, all pages; not what comes through a group', async () => {
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

  test('of a user who is deleted: the assignments that AWS kept, and no membership', async () => {
    join('engineers');
    emulator.assignments.assign(assignment(ACCOUNT));
    emulator.users.delete(alice);
    expect(await userAccess(center()).grantsOf(alice, ample())).toEqual([grant(ACCOUNT)]);
  });

  test.each<FaultedOperation>(['sso-admin', 'identitystore'])(
    'if %s does not answer, half of it is no answer',
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

/** Taking an assignment away and giving one are the same in what may come between. */
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

  test('is looked at ever more slowly until it is through', async () => {
    emulator.assignments.set({ changeMillis: 1.5 * SECOND });
    expect(await make(ample())).toBe(done);
    expect(isDone()).toBe(true);
    expect(operations()).toEqual([operation, status, status, status]);
    expect(pauses).toEqual([250, 500, SECOND]);
  });

  test('that takes longer than five looks is under way, and goes on by itself', async () => {
    emulator.assignments.set({ changeMillis: 60 * SECOND });
    expect(await make(ample())).toBe('under-way');
    expect(pauses).toHaveLength(5);
    now += 60 * SECOND;
    expect(isDone()).toBe(true);
  });

  test('that fails may succeed next time', async () => {
    emulator.assignments.set({ failNext: 'Access to the account is denied.' });
    expect(await errorOf(make(ample()))).toMatchObject({
      code: 'assignments-unavailable',
      cause: { name: 'AccountAssignmentFailed' },
    });
    expect(isDone()).toBe(false);
    expect(await make(ample())).toBe(done);
    expect(isDone()).toBe(true);
  });

  test('while another change of the same is under way, is under way', async () => {
    emulator.assignments.set({ changeMillis: 60 * SECOND });
    emulator.assignments.request(kind, assignment(ACCOUNT));
    expect(await make(ample())).toBe('under-way');
    expect(operations()).toEqual([operation]);
  });

  test('whose status cannot be asked for fails, and goes on by itself', async () => {
    meanwhile = () => emulator.faults.set({ operation: 'sso-admin', fault: 'throttle' });
    expect(await errorOf(make(ample()))).toMatchObject({ code: 'assignments-unavailable' });
    now += SECOND;
    expect(isDone()).toBe(true);
  });

  test('whose status is refused is neither done nor impossible', async () => {
    emulator.assignments.set({ changeMillis: 60 * SECOND });
    const code = 'AccessDeniedException';
    meanwhile = () => emulator.faults.set({ operation: 'sso-admin', fault: 'reject', code });
    expect(await errorOf(make(ample()))).toMatchObject({
      code: 'assignments-unavailable',
      cause: { name: code },
    });
  });

  test('that outlives the invocation is under way', async () => {
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
  ])('%s may pass', async (_, fault) => {
    emulator.faults.set({ operation, ...fault, times: 1 });
    expect(await errorOf(make(ample()))).toMatchObject({ code: 'assignments-unavailable' });
    // What was begun all the same is through by then.
    now += SECOND;
    expect(await make(ample())).toBe(done);
    expect(isDone()).toBe(true);
  });

  test('no answer ends with the invocation', async () => {
    emulator.faults.set({ operation, fault: 'hang' });
    expect(await errorOf(make(AbortSignal.timeout(100)))).toMatchObject({
      code: 'assignments-unavailable',
      cause: { name: 'TimeoutError' },
    });
  });
});

describe('taking away', () => {
  const remove = (one: Grant, signal = ample()) => accessRemover(center()).remove(alice, one, signal);

  test('an assignment that is not there any more is removed', async () => {
    expect(await remove(grant(ACCOUNT))).toBe('removed');
  });

  test('an assignment in the management account is left', async () => {
    emulator.assignments.assign(assignment(MANAGEMENT));
    emulator.assignments.set({ lockedAccountId: MANAGEMENT });
    expect(await remove(grant(MANAGEMENT))).toEqual({ left: 'refused' });
    expect(emulator.assignments.has(assignment(MANAGEMENT))).toBe(true);
  });

  test('nothing else is touched: other accounts, other people, the group’s own', async () => {
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

  test('a membership that is not there any more is removed', async () => {
    const gone = join('engineers');
    emulator.groups.leaveAll(alice);
    expect(await remove(gone)).toBe('removed');
  });
});

describe('giving back', () => {
  const give = (one: Grant, signal = ample()) => accessGiver(center()).give(alice, one, signal);

  test('a membership', async () => {
    const mine = join('engineers');
    emulator.groups.leaveAll(alice);
    expect(await give(mine)).toBe('given');
    expect(emulator.groups.membershipsOf(alice)).toHaveLength(1);
  });

  test('a membership that the user has already', async () => {
    const mine = join('engineers');
    expect(await give(mine)).toBe('given');
    expect(emulator.groups.membershipsOf(alice)).toHaveLength(1);
  });

  test('an assignment whose permission set is gone is for a person', async () => {
    emulator.assignments.permissionSets.delete(permissionSetArn);
    expect(await errorOf(give(grant(ACCOUNT)))).toMatchObject({
      code: 'assignments-refused',
      cause: { name: 'ResourceNotFoundException' },
    });
  });

  test('an assignment that Identity Center refuses is for a person', async () => {
    emulator.assignments.set({ lockedAccountId: MANAGEMENT });
    expect(await errorOf(give(grant(MANAGEMENT)))).toMatchObject({ code: 'assignments-refused' });
  });
});

test('nobody listens there: it may pass', async () => {
  const nobody = center('http://127.0.0.1:9');
  for (const call of [
    userAccess(nobody).grantsOf(alice, ample()),
    accessRemover(nobody).remove(alice, grant(ACCOUNT), ample()),
    accessGiver(nobody).give(alice, grant(ACCOUNT), ample()),
  ]) {
    expect(await errorOf(call)).toMatchObject({ code: 'assignments-unavailable' });
  }
});
