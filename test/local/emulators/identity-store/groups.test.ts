import {
  ConflictException,
  CreateGroupMembershipCommand,
  DeleteGroupMembershipCommand,
  DescribeGroupCommand,
  IdentitystoreClient,
  ListGroupMembershipsForMemberCommand,
  ResourceNotFoundException,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-identitystore';
import type { Group } from '../../../../local/emulators/identity-store/groups.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

const IdentityStoreId = 'd-1234567890';
const SCIM = { issuer: 'https://scim.example.com', id: 'idp-7' };

let emulator: Emulators;
let client: IdentitystoreClient;
let admins: Group;
let alice: string;

beforeEach(async () => {
  emulator = await startEmulators();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const options = { region: 'us-east-1', endpoint: emulator.url, credentials, maxAttempts: 1 };
  client = new IdentitystoreClient(options);
  admins = emulator.groups.create({ displayName: 'admins' });
  alice = emulator.users.create({ userName: 'alice' }).userId;
});
afterEach(async () => {
  client.destroy();
  await emulator.close();
});

const list = (UserId = alice, more: { MaxResults?: number; NextToken?: string } = {}) =>
  client.send(new ListGroupMembershipsForMemberCommand({ IdentityStoreId, MemberId: { UserId }, ...more }));
const join = (GroupId = admins.groupId, UserId = alice) =>
  client.send(new CreateGroupMembershipCommand({ IdentityStoreId, GroupId, MemberId: { UserId } }));
const leave = (MembershipId: string) =>
  client.send(new DeleteGroupMembershipCommand({ IdentityStoreId, MembershipId }));

async function call(method: string, path: string, body?: object) {
  const init = body && { body: JSON.stringify(body) };
  const response = await fetch(`${emulator.url}/_emulator${path}`, { method, ...init });
  const text = await response.text();
  return { status: response.status, json: text && JSON.parse(text) };
}

describe('memberships', () => {
  it('are created, listed and deleted', async () => {
    const { MembershipId = '' } = await join();
    expect((await list()).GroupMemberships).toEqual([
      { IdentityStoreId, MembershipId, GroupId: admins.groupId, MemberId: { UserId: alice } },
    ]);
    await leave(MembershipId);
    expect((await list()).GroupMemberships).toEqual([]);
  });

  it('come page by page, and none is skipped if one is deleted between two pages', async () => {
    const groups = ['a', 'b', 'c', 'd', 'e'].map((displayName) => emulator.groups.create({ displayName }));
    for (const { groupId } of groups) emulator.groups.join(groupId, alice);
    const first = await list(alice, { MaxResults: 2 });
    expect(first.GroupMemberships).toHaveLength(2);
    await leave(first.GroupMemberships?.[0]?.MembershipId ?? '');
    const second = await list(alice, { MaxResults: 2, NextToken: String(first.NextToken) });
    const third = await list(alice, { MaxResults: 2, NextToken: String(second.NextToken) });
    const seen = [first, second, third].flatMap(({ GroupMemberships = [] }) => GroupMemberships);
    expect(new Set(seen.map(({ GroupId }) => GroupId))).toEqual(
      new Set(groups.map(({ groupId }) => groupId)),
    );
    expect(third.NextToken).toBeUndefined();
  });

  it('are limited to the configured page size, whatever MaxResults says', async () => {
    await join();
    emulator.groups.join(emulator.groups.create({ displayName: 'more' }).groupId, alice);
    emulator.groups.setPageSize(1);
    const { GroupMemberships, NextToken } = await list(alice, { MaxResults: 50 });
    expect([GroupMemberships?.length, typeof NextToken]).toEqual([1, 'string']);
  });

  it('of a user end when the user is deleted, and those of others stay', async () => {
    const bob = emulator.users.create({ userName: 'bob' }).userId;
    await join();
    await join(admins.groupId, bob);
    emulator.users.delete(alice);
    await expect(list()).rejects.toThrow(ResourceNotFoundException);
    expect(emulator.groups.memberships()).toMatchObject([{ userId: bob }]);
  });

  it('cannot be created twice', async () => {
    await join();
    await expect(join()).rejects.toThrow(ConflictException);
  });

  it.each<[string, () => Promise<unknown>, object]>([
    ['list an unknown user', () => list('0a1b2c3d-1111-4222-8333-444455556666'), { ResourceType: 'USER' }],
    ['join an unknown group', () => join('0a1b2c3d-1111-4222-8333-444455556666'), { ResourceType: 'GROUP' }],
    [
      'leave twice',
      () => leave('0a1b2c3d-1111-4222-8333-444455556666'),
      { ResourceType: 'GROUP_MEMBERSHIP' },
    ],
  ])('refuse to %s', async (_, ask, error) => {
    await expect(ask()).rejects.toMatchObject({ name: 'ResourceNotFoundException', ...error });
  });

  it.each([
    ['a token of nobody', { NextToken: 'n!' }],
    ['a page of nothing', { MaxResults: 0 }],
    ['a page that is too large', { MaxResults: 101 }],
  ])('refuse %s', async (_, more) => {
    await expect(list(alice, more)).rejects.toThrow(ValidationException);
  });

  it('are throttled if a fault is set', async () => {
    emulator.faults.set({ operation: 'identitystore', fault: 'throttle', times: 1 });
    await expect(list()).rejects.toThrow(ThrottlingException);
  });
});

describe('a group', () => {
  it('that came by SCIM has the id of the other directory', async () => {
    const { groupId } = emulator.groups.create({ displayName: 'staff', externalIds: [SCIM] });
    const found = await client.send(new DescribeGroupCommand({ IdentityStoreId, GroupId: groupId }));
    expect(found).toMatchObject({
      GroupId: groupId,
      DisplayName: 'staff',
      ExternalIds: [{ Issuer: SCIM.issuer, Id: SCIM.id }],
    });
  });

  it('that was created in Identity Center has no external id', async () => {
    const command = new DescribeGroupCommand({ IdentityStoreId, GroupId: admins.groupId });
    expect((await client.send(command)).ExternalIds).toBeUndefined();
  });
});

describe('control calls for groups', () => {
  it('create groups and memberships, list them, and end a membership', async () => {
    const { json: group } = await call('POST', '/groups', { displayName: 'staff', externalIds: [SCIM] });
    expect(group).toMatchObject({ displayName: 'staff', externalIds: [SCIM] });
    expect((await call('GET', '/groups')).json).toEqual([admins, group]);
    const joined = await call('POST', '/memberships', { groupId: group.groupId, userId: alice });
    expect((await call('GET', '/memberships')).json).toEqual([joined.json]);
    expect((await call('DELETE', `/memberships/${joined.json.membershipId}`)).status).toBe(204);
    expect(emulator.groups.memberships()).toEqual([]);
  });

  it.each([
    ['POST', '/groups', {}, 400],
    ['POST', '/groups', { displayName: 'x', externalIds: [{ id: 1 }] }, 400],
    ['POST', '/memberships', { groupId: 'x' }, 404],
    ['DELETE', '/memberships/unknown', undefined, 404],
  ])('%s %s %j is refused', async (method, path, body, status) => {
    expect((await call(method, path, body)).status).toBe(status);
  });

  it('refuse a user who is unknown, or already in the group', async () => {
    const { groupId } = admins;
    expect((await call('POST', '/memberships', { groupId, userId: 'nobody' })).status).toBe(404);
    emulator.groups.join(groupId, alice);
    expect((await call('POST', '/memberships', { groupId, userId: alice })).status).toBe(409);
  });
});
