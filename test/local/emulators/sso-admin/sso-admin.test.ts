import {
  AccessDeniedException,
  ConflictException,
  CreateAccountAssignmentCommand,
  DeleteAccountAssignmentCommand,
  DescribeAccountAssignmentCreationStatusCommand,
  DescribeAccountAssignmentDeletionStatusCommand,
  DescribePermissionSetCommand,
  ListAccountAssignmentsForPrincipalCommand,
  type PrincipalType,
  ResourceNotFoundException,
  SSOAdminClient,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-sso-admin';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';
import type { PermissionSet } from '../../../../local/emulators/sso-admin/permission-sets.ts';

const InstanceArn = 'arn:aws:sso:::instance/ssoins-1234567890abcdef';
const [ACCOUNT, OTHER] = ['111122223333', '444455556666'];

let emulator: Emulators;
let client: SSOAdminClient;
let now: number;
let admin: PermissionSet;
let alice: string;

beforeEach(async () => {
  now = Date.parse('2026-01-01T00:00:00Z');
  emulator = await startEmulators({ clock: () => now });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const options = { region: 'us-east-1', endpoint: emulator.url, credentials, maxAttempts: 1 };
  client = new SSOAdminClient(options);
  admin = emulator.assignments.permissionSets.create({ name: 'Admin', sessionDuration: 'PT4H' });
  alice = emulator.users.create({ userName: 'alice' }).userId;
});
afterEach(async () => {
  client.destroy();
  await emulator.close();
});

const assign = (principalId = alice, accountId = ACCOUNT, principalType: PrincipalType = 'USER') =>
  emulator.assignments.assign({
    accountId,
    permissionSetArn: admin.permissionSetArn,
    principalType,
    principalId,
  });

async function list(more: { MaxResults?: number; NextToken?: string; Filter?: object } = {}) {
  const whose = { InstanceArn, PrincipalId: alice, PrincipalType: 'USER' as const };
  return client.send(new ListAccountAssignmentsForPrincipalCommand({ ...whose, ...more }));
}

const listed = async () => (await list()).AccountAssignments;

const change = (PrincipalId = alice, TargetId = ACCOUNT, PermissionSetArn = admin.permissionSetArn) => ({
  InstanceArn,
  TargetId,
  TargetType: 'AWS_ACCOUNT' as const,
  PermissionSetArn,
  PrincipalType: 'USER' as const,
  PrincipalId,
});

async function begin(kind: 'create' | 'delete', input = change()) {
  if (kind === 'create') {
    const answer = await client.send(new CreateAccountAssignmentCommand(input));
    return answer.AccountAssignmentCreationStatus;
  }
  const answer = await client.send(new DeleteAccountAssignmentCommand(input));
  return answer.AccountAssignmentDeletionStatus;
}

async function statusOf(kind: 'create' | 'delete', id = '') {
  if (kind === 'create') {
    const asked = { InstanceArn, AccountAssignmentCreationRequestId: id };
    const answer = await client.send(new DescribeAccountAssignmentCreationStatusCommand(asked));
    return answer.AccountAssignmentCreationStatus;
  }
  const asked = { InstanceArn, AccountAssignmentDeletionRequestId: id };
  const answer = await client.send(new DescribeAccountAssignmentDeletionStatusCommand(asked));
  return answer.AccountAssignmentDeletionStatus;
}

async function call(method: string, path: string, body?: object) {
  const init = body && { body: JSON.stringify(body) };
  const response = await fetch(`${emulator.url}/_emulator${path}`, { method, ...init });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

describe('listing the assignments of a user', () => {
  it("returns the user's own and those of the user's groups, each with its principal", async () => {
    const group = emulator.groups.create({ displayName: 'admins' });
    emulator.groups.join(group.groupId, alice);
    assign();
    assign(group.groupId, OTHER, 'GROUP');
    assign(emulator.users.create({ userName: 'bob' }).userId);
    const PermissionSetArn = admin.permissionSetArn;
    expect(await listed()).toEqual([
      { AccountId: ACCOUNT, PermissionSetArn, PrincipalId: alice, PrincipalType: 'USER' },
      { AccountId: OTHER, PermissionSetArn, PrincipalId: group.groupId, PrincipalType: 'GROUP' },
    ]);
  });

  it('returns them page by page', async () => {
    for (const account of ['000000000001', '000000000002', '000000000003']) assign(alice, account);
    const first = await list({ MaxResults: 2 });
    const second = await list({ NextToken: String(first.NextToken) });
    const accounts = [first, second].map(({ AccountAssignments = [] }) =>
      AccountAssignments.map(({ AccountId }) => AccountId),
    );
    expect(accounts).toEqual([['000000000001', '000000000002'], ['000000000003']]);
    expect(second.NextToken).toBeUndefined();
    emulator.assignments.set({ pageSize: 1 });
    expect((await list({ MaxResults: 100 })).AccountAssignments).toHaveLength(1);
  });

  it('can be limited to one account', async () => {
    assign();
    assign(alice, OTHER);
    const { AccountAssignments } = await list({ Filter: { AccountId: OTHER } });
    expect(AccountAssignments).toMatchObject([{ AccountId: OTHER }]);
  });

  it('still returns what a deleted user had directly', async () => {
    assign();
    emulator.users.delete(alice);
    expect(await listed()).toMatchObject([{ AccountId: ACCOUNT }]);
  });
});

describe('a change of an assignment', () => {
  it.each(['create', 'delete'] as const)('%s: is in progress first, and then succeeds', async (kind) => {
    if (kind === 'delete') assign();
    const before = await listed();
    const begun = await begin(kind);
    expect(begun).toMatchObject({
      Status: 'IN_PROGRESS',
      TargetId: ACCOUNT,
      TargetType: 'AWS_ACCOUNT',
      PermissionSetArn: admin.permissionSetArn,
      PrincipalType: 'USER',
      PrincipalId: alice,
      CreatedDate: new Date(now),
    });
    expect(await statusOf(kind, begun?.RequestId)).toMatchObject({ Status: 'IN_PROGRESS' });
    expect(await listed()).toEqual(before);
    now += 1_000;
    expect(await statusOf(kind, begun?.RequestId)).toMatchObject({ Status: 'SUCCEEDED' });
    expect(await listed()).toHaveLength(kind === 'create' ? 1 : 0);
  });

  it('takes as long as configured', async () => {
    assign();
    emulator.assignments.set({ changeMillis: 60_000 });
    await begin('delete');
    now += 59_999;
    expect(await listed()).toHaveLength(1);
    now += 1;
    expect(await listed()).toEqual([]);
  });

  it('that fails has a reason and changes nothing, and the next one succeeds', async () => {
    assign();
    emulator.assignments.set({ failNext: 'The role cannot be changed.' });
    const failing = await begin('delete');
    now += 1_000;
    const ended = { Status: 'FAILED', FailureReason: 'The role cannot be changed.' };
    expect(await statusOf('delete', failing?.RequestId)).toMatchObject(ended);
    expect(await listed()).toHaveLength(1);
    await begin('delete');
    now += 1_000;
    expect(await listed()).toEqual([]);
  });

  it('conflicts with another one of the same assignment that is under way, and with no other', async () => {
    assign();
    assign(alice, OTHER);
    await begin('delete');
    await expect(begin('delete')).rejects.toThrow(ConflictException);
    await expect(begin('create')).rejects.toThrow(ConflictException);
    await begin('delete', change(alice, OTHER));
    now += 1_000;
    await begin('create');
  });

  it('that creates an existing assignment succeeds, without a second one', async () => {
    assign();
    await begin('create');
    now += 1_000;
    expect(await listed()).toHaveLength(1);
  });

  it('is refused in the management account if a delegated administrator asks', async () => {
    assign();
    emulator.assignments.set({ lockedAccountId: ACCOUNT });
    await expect(begin('delete')).rejects.toThrow(AccessDeniedException);
    await expect(begin('create')).rejects.toThrow(AccessDeniedException);
    await begin('create', change(alice, OTHER));
  });

  it.each<[string, () => Promise<unknown>]>([
    ['deletes what is not there', () => begin('delete')],
    ['names an unknown permission set', () => begin('create', change(alice, ACCOUNT, unknownSet()))],
    ['is asked after by an id of nobody', () => statusOf('delete', '0a1b2c3d-1111-4222-8333-444455556666')],
  ])('that %s is refused', async (_, ask) => {
    await expect(ask()).rejects.toThrow(ResourceNotFoundException);
  });

  it('is not found by the id of a change of the other kind', async () => {
    const begun = await begin('create');
    await expect(statusOf('delete', begun?.RequestId)).rejects.toThrow(ResourceNotFoundException);
  });

  it.each([
    ['an account that is none', { TargetId: '1' }],
    ['a permission set that is none', { PermissionSetArn: 'arn:aws:sso:::permissionSet/x/y' }],
    ['an instance that is none', { InstanceArn: 'arn:aws:sso:::instance/x' }],
    ['a principal that is none', { PrincipalId: 'alice' }],
  ])('refuses %s', async (_, wrong) => {
    await expect(begin('delete', { ...change(), ...wrong })).rejects.toThrow(ValidationException);
  });
});

/** An id of the right form that no permission set has. */
function unknownSet(): string {
  return admin.permissionSetArn.replace(/.{16}$/, '0'.repeat(16));
}

test('a permission set has a name and a session duration', async () => {
  const describe = (PermissionSetArn: string) =>
    client.send(new DescribePermissionSetCommand({ InstanceArn, PermissionSetArn }));
  const { PermissionSet: found } = await describe(admin.permissionSetArn);
  expect(found).toEqual({
    PermissionSetArn: admin.permissionSetArn,
    Name: 'Admin',
    SessionDuration: 'PT4H',
  });
  await expect(describe(unknownSet())).rejects.toThrow(ResourceNotFoundException);
});

test('it throttles if a fault is set, for all operations or for one', async () => {
  emulator.faults.set({ operation: 'sso-admin', fault: 'throttle', times: 1 });
  await expect(list()).rejects.toThrow(ThrottlingException);
  assign();
  emulator.faults.set({ operation: 'sso-admin:DeleteAccountAssignment', fault: 'throttle' });
  await list();
  await expect(begin('delete')).rejects.toThrow(ThrottlingException);
});

describe('control calls for assignments', () => {
  it('set up permission sets and assignments, and list them', async () => {
    const { json: set } = await call('POST', '/permission-sets', { name: 'ReadOnly' });
    expect(set).toMatchObject({ name: 'ReadOnly', sessionDuration: 'PT1H' });
    expect((await call('GET', '/permission-sets')).json).toEqual([admin, set]);
    const assignment = {
      accountId: ACCOUNT,
      permissionSetArn: set.permissionSetArn,
      principalType: 'USER',
      principalId: alice,
    };
    expect((await call('POST', '/assignments', assignment)).status).toBe(201);
    expect((await call('GET', '/assignments')).json).toEqual([assignment]);
    expect(await listed()).toHaveLength(1);
  });

  it('return the state of changes', async () => {
    assign();
    await call('PUT', '/assignment-changes', { changeMillis: 5_000, failNext: 'no', lockedAccountId: OTHER });
    await expect(begin('create', change(alice, OTHER))).rejects.toThrow(AccessDeniedException);
    const begun = await begin('delete');
    now += 4_999;
    expect(await statusOf('delete', begun?.RequestId)).toMatchObject({ Status: 'IN_PROGRESS' });
    now += 1;
    expect(await statusOf('delete', begun?.RequestId)).toMatchObject({ Status: 'FAILED' });
  });

  it.each([
    ['POST', '/permission-sets', { name: 'a b' }, 400],
    ['POST', '/permission-sets', { name: 'a', sessionDuration: '1 hour' }, 400],
    ['POST', '/assignments', { accountId: '1' }, 400],
    ['PUT', '/assignment-changes', { changeMillis: -1 }, 400],
    ['PUT', '/assignment-changes', { lockedAccountId: 'x' }, 400],
    ['PUT', '/assignment-changes', { failNext: 1 }, 400],
  ])('%s %s %j is refused', async (method, path, body, status) => {
    expect((await call(method, path, body)).status).toBe(status);
  });

  it('refuse an assignment of an unknown permission set', async () => {
    const assignment = { accountId: ACCOUNT, principalType: 'USER', principalId: alice };
    const body = { ...assignment, permissionSetArn: unknownSet() };
    expect((await call('POST', '/assignments', body)).status).toBe(404);
  });
});
