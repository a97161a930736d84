import type { Context } from 'aws-lambda';
import { routes } from '../../../lambda/routes.ts';
import { handlersOf } from '../../support/api.ts';
import type { World } from '../../support/fakes.ts';
import { registeringWorld } from '../../support/registering.ts';
import { ALICE, BOB } from '../../support/sessions.ts';
import { captureWritten } from '../../support/written.ts';

const file = { accessToken: 'canary-0123456789', expiresAt: '2026-01-01T00:59:00Z' };
const role = (name: string, session: string) => ({
  iam: { userArn: `arn:aws:sts::000000000000:assumed-role/${name}/${session}` },
});
const PERMISSION_SET = 'AWSReservedSSO_Admin_0123456789abcdef';
const written = captureWritten();
const SETTINGS = { registrarRole: 'Registrar', userNameClaim: 'email' };

/** The answer of `PUT /sessions` to this caller. */
async function put(
  authorizer: object,
  body: object = {},
  world: World = registeringWorld({ persons: SETTINGS }),
) {
  const event = {
    routeKey: routes.registerOwnSession,
    rawPath: '/sessions',
    headers: { 'content-type': 'application/json' },
    requestContext: { http: { method: 'PUT' }, authorizer },
    body: JSON.stringify({ ...file, ...body }),
    isBase64Encoded: false,
  };
  const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 29_000 };
  // API Gateway and Lambda pass more than the functions use.
  const answer = await handlersOf(world)[routes.registerOwnSession](event as never, context as Context);
  expect(answer.body + written.all()).not.toContain(file.accessToken);
  const holders = world.cache.sessions.map(({ userId }) => userId);
  return { status: answer.statusCode, body: JSON.parse(answer.body ?? ''), holders };
}

test.each<[string, object, object]>([
  ['a role session of a permission set', role(PERMISSION_SET, 'alice'), {}],
  [
    'a role session of a permission set, whose body repeats the user',
    role(PERMISSION_SET, 'alice'),
    { userId: ALICE, userName: 'Alice' },
  ],
  ['the registrar role', role('Registrar', ALICE), {}],
  ['a JSON Web Token', { jwt: { claims: { sub: 's', email: 'alice' } } }, {}],
])('%s registers the session of its own person', async (_name, authorizer, body) => {
  expect(await put(authorizer, body)).toMatchObject({
    status: 201,
    body: { userId: ALICE },
    holders: [ALICE],
  });
});

test.each<[string, object, object]>([
  ['a permission set, for somebody else by id', role(PERMISSION_SET, 'alice'), { userId: BOB }],
  ['a permission set, for somebody else by name', role(PERMISSION_SET, 'alice'), { userName: 'bob' }],
  ['the registrar role, for somebody else', role('Registrar', ALICE), { userId: BOB }],
  ['the registrar role, whose session name is no user id', role('Registrar', 'alice'), {}],
  ['a role that looks like a permission set', role('AWSReservedSSO_Admin', 'alice'), {}],
  ['any other role', role('offboarding', 'alice'), { userId: ALICE }],
  ['an IAM user', { iam: { userArn: 'arn:aws:iam::000000000000:user/alice' } }, { userId: ALICE }],
  ['a JSON Web Token, for somebody else', { jwt: { claims: { sub: 's', email: 'alice' } } }, { userId: BOB }],
  ['a JSON Web Token without the claim', { jwt: { claims: { sub: 'alice' } } }, {}],
])('%s is refused, and no session is held', async (_name, authorizer, body) => {
  expect(await put(authorizer, body)).toMatchObject({
    status: 403,
    body: { code: 'not-your-session', detail: expect.stringContaining('PUT /users/{userId}/sessions') },
    holders: [],
  });
});

test('without a registrar role and a claim, only role sessions of permission sets count as people', async () => {
  const world = () => registeringWorld();
  expect(await put(role('Registrar', ALICE), {}, world())).toMatchObject({ status: 403 });
  expect(await put({ jwt: { claims: { sub: 's', email: 'alice' } } }, {}, world())).toMatchObject({
    status: 403,
  });
  expect(await put(role(PERMISSION_SET, 'alice'), {}, world())).toMatchObject({ status: 201 });
});
