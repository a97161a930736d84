import {
  DescribeUserCommand,
  GetUserIdCommand,
  IdentitystoreClient,
  ListUsersCommand,
  paginateListUsers,
  ResourceNotFoundException,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-identitystore';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

const IdentityStoreId = 'd-1234567890';
const USER_ID = /^[0-9a-f]{10}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let emulator: Emulators;
let client: IdentitystoreClient;

beforeEach(async () => {
  emulator = await startEmulators();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new IdentitystoreClient({
    region: 'us-east-1',
    endpoint: emulator.url,
    credentials,
    maxAttempts: 1,
  });
});
afterEach(async () => {
  client.destroy();
  await emulator.close();
});

const describeUser = (UserId: string) => client.send(new DescribeUserCommand({ IdentityStoreId, UserId }));

const getUserId = (AttributeValue: string, AttributePath = 'userName') => {
  const AlternateIdentifier = { UniqueAttribute: { AttributePath, AttributeValue } };
  return client.send(new GetUserIdCommand({ IdentityStoreId, AlternateIdentifier }));
};

async function call(method: string, path: string, body?: object) {
  const init = body && { body: JSON.stringify(body) };
  const response = await fetch(`${emulator.url}/_emulator${path}`, { method, ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text && JSON.parse(text) };
}

describe('the identity store', () => {
  it('finds and describes a user', async () => {
    const { userId } = emulator.users.create({ userName: 'alice' });
    expect(await getUserId('alice')).toMatchObject({ UserId: userId, IdentityStoreId });
    expect(await describeUser(userId)).toMatchObject({
      UserId: userId,
      UserName: 'alice',
      UserStatus: 'ENABLED',
      IdentityStoreId,
    });
  });

  it('returns a user as enabled, disabled, enabled again, and deleted', async () => {
    const { userId } = emulator.users.create({ userName: 'alice' });
    emulator.users.disable(userId);
    expect((await describeUser(userId)).UserStatus).toBe('DISABLED');
    emulator.users.enable(userId);
    expect((await describeUser(userId)).UserStatus).toBe('ENABLED');
    emulator.users.delete(userId);
    await expect(describeUser(userId)).rejects.toThrow(ResourceNotFoundException);
    await expect(getUserId('alice')).rejects.toThrow(ResourceNotFoundException);
  });

  it('lists all users with their status, at most 100 a page', async () => {
    const created = Array.from({ length: 205 }, (_, n) => emulator.users.create({ userName: `user-${n}` }));
    const [disabled] = created;
    emulator.users.disable(String(disabled?.userId));
    const pages = [];
    for await (const { Users = [] } of paginateListUsers({ client }, { IdentityStoreId })) pages.push(Users);
    expect(pages.map((users) => users.length)).toEqual([100, 100, 5]);
    const statuses = new Map(pages.flat().map(({ UserId, UserStatus }) => [UserId, UserStatus]));
    expect(statuses).toEqual(
      new Map(created.map(({ userId }) => [userId, userId === disabled?.userId ? 'DISABLED' : 'ENABLED'])),
    );
  });

  it('lists fewer per page if asked, and skips nobody if a user is deleted between two pages', async () => {
    for (const userName of ['alice', 'bob', 'carol']) emulator.users.create({ userName });
    const page = (more: object) =>
      client.send(new ListUsersCommand({ IdentityStoreId, MaxResults: 1, ...more }));
    const first = await page({});
    emulator.users.delete(String(first.Users?.[0]?.UserId));
    const second = await page({ NextToken: first.NextToken });
    const third = await page({ NextToken: second.NextToken });
    const seen = [first, second, third].flatMap(({ Users = [] }) => Users.map(({ UserName }) => UserName));
    expect(seen.sort()).toEqual(['alice', 'bob', 'carol']);
    expect(third.NextToken).toBeUndefined();
  });

  it.each([
    [
      'a filter, which it does not know',
      { Filters: [{ AttributePath: 'UserName', AttributeValue: 'alice' }] },
    ],
    ['a token that is none of its own', { NextToken: 'no base64url!' }],
    ['a page of more than 100', { MaxResults: 101 }],
  ])('refuses to list with %s', async (_, more) => {
    await expect(client.send(new ListUsersCommand({ IdentityStoreId, ...more }))).rejects.toThrow(
      ValidationException,
    );
  });

  it('throttles only listing if that fault is set', async () => {
    const { userId } = emulator.users.create({ userName: 'alice' });
    emulator.faults.set({ operation: 'identitystore:ListUsers', fault: 'throttle', times: 1 });
    const list = () => client.send(new ListUsersCommand({ IdentityStoreId }));
    await describeUser(userId);
    await expect(list()).rejects.toThrow(ThrottlingException);
    expect((await list()).Users).toHaveLength(1);
  });

  it.each([
    [
      'a store id that is none',
      () => client.send(new DescribeUserCommand({ IdentityStoreId: 'd-1', UserId: 'u' })),
    ],
    ['an attribute that it cannot find by', () => getUserId('alice', 'emails.value')],
  ])('refuses %s', async (_, ask) => {
    await expect(ask()).rejects.toThrow(ValidationException);
  });

  it('throttles if a fault is set', async () => {
    const { userId } = emulator.users.create({ userName: 'alice' });
    emulator.faults.set({ operation: 'identitystore', fault: 'throttle', times: 1 });
    await expect(describeUser(userId)).rejects.toThrow(ThrottlingException);
    await describeUser(userId);
  });
});

describe('signing in', () => {
  it("creates an unknown user, once, with an id of AWS's form", () => {
    emulator.signIns.signIn({ userName: 'alice' });
    emulator.signIns.signIn({ userName: 'alice' });
    const { userId } = emulator.users.create({ userName: 'bob' });
    emulator.signIns.signIn({ userName: 'bob' });
    expect(emulator.users.all().map(({ userName }) => userName)).toEqual(['alice', 'bob']);
    expect(emulator.users.find('alice')?.userId).toMatch(USER_ID);
    expect(emulator.users.find('bob')?.userId).toBe(userId);
  });

  it('still works for a disabled or deleted user, because the identity store does not end sessions', () => {
    const { accessToken, clientId, refreshToken } = emulator.signIns.signIn({ userName: 'alice' });
    const { userId = '' } = emulator.users.find('alice') ?? {};
    emulator.users.disable(userId);
    expect(emulator.signIns.userOf(accessToken)).toBe('alice');
    emulator.users.delete(userId);
    expect(emulator.signIns.refresh(clientId, refreshToken)).toBeDefined();
  });

  it("returns the user's id beside the token-cache file", async () => {
    const { headers, json } = await call('POST', '/sign-ins', { userName: 'alice' });
    expect(headers.get('x-user-id')).toBe(emulator.users.find('alice')?.userId);
    expect(json).not.toHaveProperty('userId');
  });
});

describe('control calls for users', () => {
  it('create, disable, list and delete', async () => {
    const created = await call('POST', '/users', { userName: 'alice' });
    expect(created).toMatchObject({ status: 201, json: { userName: 'alice', status: 'ENABLED' } });
    const { userId } = created.json;
    const disabled = { userId, userName: 'alice', status: 'DISABLED' };
    expect(await call('PUT', `/users/${userId}`, { status: 'DISABLED' })).toMatchObject({
      status: 200,
      json: disabled,
    });
    expect((await call('GET', '/users')).json).toEqual([disabled]);
    expect((await call('DELETE', `/users/${userId}`)).status).toBe(204);
    expect((await call('GET', '/users')).json).toEqual([]);
  });

  it.each([
    ['POST', '/users', {}, 400],
    ['POST', '/users', { userName: 'x', userId: 'nonsense' }, 400],
    ['POST', '/users', { userName: 'taken' }, 409],
    ['PUT', '/users/unknown', { status: 'DISABLED' }, 404],
    ['PUT', '/users/unknown', { status: 'GONE' }, 400],
    ['DELETE', '/users/unknown', undefined, 404],
    ['DELETE', '/users', undefined, 404],
  ])('%s %s %j is refused', async (method, path, body, status) => {
    emulator.users.create({ userName: 'taken' });
    expect((await call(method, path, body)).status).toBe(status);
  });
});

describe('load on the portal', () => {
  it('can be measured: how many Logouts there were at once, with artificial latency, and when', async () => {
    await call('PUT', '/delays', { operation: 'logout', delayMillis: 30 });
    const tokens = Array.from({ length: 5 }, () => emulator.signIns.signIn().accessToken);
    const logout = (token: string) =>
      fetch(`${emulator.url}/logout`, { method: 'POST', headers: { 'x-amz-sso_bearer_token': token } });
    const answers = await Promise.all(tokens.map(logout));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(emulator.peakConcurrency('logout')).toBe(5);
    expect(emulator.peakConcurrency('token')).toBe(0);
    const [entry] = emulator.requests;
    expect(entry?.at).toMatch(/T\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(emulator.requestsAbout(entry?.sessionId ?? '')).toEqual([entry]);
    expect((await call('PUT', '/delays', { operation: 'logout', delayMillis: -1 })).status).toBe(400);
  });
});
