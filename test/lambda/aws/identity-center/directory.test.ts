import { createServer, type ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { clientConfig } from '../../../../lambda/aws/clients.ts';
import { identityStoreDirectory } from '../../../../lambda/aws/identity-center/directory.ts';
import { closeServer, listen, localUrl, readBody } from '../../../../local/ground/http-server.ts';
import { PREFIXED_USER_ID, USER_ID } from '../../../support/events.ts';

const STORE = 'd-9067f0a1b2';
const notFound = (more: object = { ResourceType: 'USER' }) => refusal(400, 'ResourceNotFoundException', more);

/** The identity store gives this answer to every request. */
let respond: (response: ServerResponse) => void;
const asked: unknown[] = [];

const server = createServer(async (request, response) => {
  const operation = String(request.headers['x-amz-target']).replace('AWSIdentityStore.', '');
  asked.push({ operation, ...JSON.parse(String(await readBody(request, 1e6))) });
  respond(response);
});

const answer = (body: unknown) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
};

function refusal(status: number, type: string, more: object = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type: type, Message: 'canary', ...more }));
  };
}

let endpoint: string;

beforeAll(async () => {
  endpoint = localUrl(await listen(server, 0));
});
afterAll(() => closeServer(server));
beforeEach(() => {
  asked.length = 0;
});

const ample = () => new AbortController().signal;

/** Makes one call, without the SDK's retries. */
function directory(at = endpoint) {
  const client = new IdentitystoreClient({
    ...clientConfig,
    endpoint: at,
    region: 'eu-west-1',
    maxAttempts: 1,
  });
  return identityStoreDirectory(client, STORE);
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(inspect(error, { showHidden: true, depth: null })).not.toMatch(/canary|jdoe/);
  return error;
}

test('a user name is looked up by its attribute', async () => {
  respond = answer({ UserId: PREFIXED_USER_ID, IdentityStoreId: STORE });
  expect(await directory().userIdOf('jdoe', ample())).toBe(PREFIXED_USER_ID);
  expect(asked).toEqual([
    {
      operation: 'GetUserId',
      IdentityStoreId: STORE,
      AlternateIdentifier: { UniqueAttribute: { AttributePath: 'userName', AttributeValue: 'jdoe' } },
    },
  ]);
});

test('an unknown name fails with user-not-found', async () => {
  respond = notFound();
  expect(await errorOf(directory().userIdOf('jdoe', ample()))).toMatchObject({
    code: 'user-not-found',
    message: expect.stringContaining('send the userId'),
    cause: { name: 'ResourceNotFoundException', status: 400 },
  });
});

test.each([
  ['enabled', answer({ UserId: USER_ID, UserStatus: 'ENABLED' })],
  ['enabled', answer({ UserId: USER_ID, UserName: 'jdoe' })],
  ['disabled', answer({ UserId: USER_ID, UserStatus: 'DISABLED' })],
  ['deleted', notFound()],
  ['deleted', notFound({})],
])('a user is %s', async (status, response) => {
  respond = response;
  expect(await directory().statusOf(USER_ID, ample())).toBe(status);
  expect(asked).toEqual([{ operation: 'DescribeUser', IdentityStoreId: STORE, UserId: USER_ID }]);
});

test.each<[object, (response: ServerResponse) => void]>([
  [
    { status: 'disabled', userName: 'jdoe' },
    answer({ UserId: USER_ID, UserName: 'jdoe', UserStatus: 'DISABLED' }),
  ],
  [{ status: 'enabled', userName: 'jdoe' }, answer({ UserId: USER_ID, UserName: 'jdoe' })],
  [{ status: 'enabled' }, answer({ UserId: USER_ID })],
  [{ status: 'deleted' }, notFound()],
])('one lookup answers status and name: %j', async (user, response) => {
  respond = response;
  expect(await directory().userOf(USER_ID, ample())).toEqual(user);
  expect(asked).toEqual([{ operation: 'DescribeUser', IdentityStoreId: STORE, UserId: USER_ID }]);
});

test.each<[string, (response: ServerResponse) => void, object]>([
  ['throttling', refusal(400, 'ThrottlingException'), { name: 'ThrottlingException', status: 400 }],
  ['no permission', refusal(400, 'AccessDeniedException'), { name: 'AccessDeniedException', status: 400 }],
  ['a bad id', refusal(400, 'ValidationException'), { name: 'ValidationException', status: 400 }],
  [
    'its own error',
    refusal(500, 'InternalServerException'),
    { name: 'InternalServerException', status: 500 },
  ],
  // This does not say that a user was deleted either.
  ['no such store', notFound({ ResourceType: 'IDENTITY_STORE' }), { name: 'ResourceNotFoundException' }],
  ['no key', notFound({ ResourceType: 'USER', Reason: 'KMS_KEY_NOT_FOUND' }), { status: 400 }],
  ['a proxy', (response) => response.writeHead(404).end('<html>canary'), { status: 404 }],
  [
    'garbage',
    (response) => response.writeHead(200).end('<html>canary'),
    { name: 'SyntaxError', status: 200 },
  ],
  ['an empty answer', answer({}), { name: 'UnreadableAnswer', status: 200 }],
  ['a cut', (response) => response.destroy(), { name: 'TimeoutError' }],
  ['no answer', () => {}, { name: 'TimeoutError' }],
])('on %s, the directory is unavailable', async (name, response, cause) => {
  respond = response;
  const signal = () => (name === 'no answer' ? AbortSignal.timeout(100) : ample());
  const unavailable = { name: 'DomainError', code: 'directory-unavailable', cause };
  expect(await errorOf(directory().userIdOf('jdoe', signal()))).toMatchObject(unavailable);
  expect(await errorOf(directory().statusOf(USER_ID, signal()))).toMatchObject(unavailable);
  expect(await errorOf(directory().userOf(USER_ID, signal()))).toMatchObject(unavailable);
  expect(await errorOf(directory().page(undefined, signal()))).toMatchObject(unavailable);
});

test('all users are listed page by page, with their status if AWS gives one', async () => {
  const Users = [
    { UserId: USER_ID, UserStatus: 'ENABLED', UserName: 'jdoe' },
    { UserId: PREFIXED_USER_ID, UserStatus: 'DISABLED' },
    { UserId: 'without' },
    { UserId: 'suspended', UserStatus: 'SUSPENDED' },
    { UserName: 'nobody' },
  ];
  respond = answer({ Users, NextToken: 'second' });
  expect(await directory().page(undefined, ample())).toEqual({
    users: [
      { userId: USER_ID, status: 'enabled' },
      { userId: PREFIXED_USER_ID, status: 'disabled' },
      { userId: 'without', status: undefined },
      { userId: 'suspended', status: undefined },
    ],
    next: 'second',
  });
  respond = answer({ Users: [] });
  expect(await directory().page('second', ample())).toEqual({ users: [] });
  const request = { operation: 'ListUsers', IdentityStoreId: STORE, MaxResults: 100 };
  expect(asked).toEqual([request, { ...request, NextToken: 'second' }]);
});

test('an unknown status does not count as enabled', async () => {
  respond = answer({ UserId: USER_ID, UserStatus: 'SUSPENDED' });
  expect(await errorOf(directory().statusOf(USER_ID, ample()))).toMatchObject({
    code: 'directory-unavailable',
  });
});

test('if nobody listens at the endpoint, the directory is unavailable', async () => {
  const elsewhere = directory('http://127.0.0.1:9');
  expect(await errorOf(elsewhere.statusOf(USER_ID, ample()))).toMatchObject({
    code: 'directory-unavailable',
  });
});
