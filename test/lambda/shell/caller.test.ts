import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Caller, callerOf } from '../../../lambda/shell/caller.ts';

/** An event with this request context, the only part that is read. */
const eventWith = (requestContext: object) => ({ requestContext }) as APIGatewayProxyEventV2;
const byIam = (userArn: unknown) => callerOf(eventWith({ authorizer: { iam: { userArn } } }));
const byJwt = (claims: unknown) => callerOf(eventWith({ authorizer: { jwt: { claims } } }));

const UNKNOWN: Caller = { name: 'unknown', owner: 'unknown' };
const ROLE = 'arn:aws:sts::123456789012:assumed-role/offboarding';

test('the owner of a role session is its role, the same in all of its sessions', () => {
  const [one, two] = ['one', 'two'].map((session) => byIam(`${ROLE}/${session}`));
  expect(one).toEqual({
    name: `${ROLE}/one`,
    owner: ROLE,
    roleSession: { role: 'offboarding', session: 'one' },
  });
  expect(two?.owner).toBe(one?.owner);
});

test.each([
  ['of a permission set', 'AWSReservedSSO_Admin_0123456789abcdef', 'jane.doe@example.com'],
  ['with every character that names may have', 'A_1+=,.@-', 'b_2+=,.@-'],
])('a role session %s is read', (_name, role, session) => {
  const caller = byIam(`arn:aws-us-gov:sts::123456789012:assumed-role/${role}/${session}`);
  expect(caller.roleSession).toEqual({ role, session });
});

test.each([
  ['an IAM user', 'arn:aws:iam::123456789012:user/jane'],
  [
    'an IAM user whose path looks like a role session',
    'arn:aws:iam::123456789012:user/assumed-role/AWSReservedSSO_A_0123456789abcdef/jane',
  ],
  ['the root user', 'arn:aws:iam::123456789012:root'],
  ['a federated user', 'arn:aws:sts::123456789012:federated-user/jane'],
  ['a role itself', 'arn:aws:iam::123456789012:role/offboarding'],
  ['a role session without a name', `${ROLE}/`],
  ['a role session with more after its name', `${ROLE}/one/two`],
  ['a role session with a line break in its name', `${ROLE}/one\n`],
  ['a role session of no account', 'arn:aws:sts::x:assumed-role/offboarding/one'],
  ['something before a role session', `x ${ROLE}/one`],
])('%s is no role session, and is itself the owner of its requests', (_name, arn) => {
  expect(byIam(arn)).toEqual({ name: arn, owner: arn });
});

const iss = 'https://idp.example.com';

test.each<[string, object, Partial<Caller>]>([
  ['a subject', { iss, sub: 'jane' }, { name: `${iss}#jane`, owner: `${iss}#jane` }],
  [
    'subject and client_id',
    { iss, sub: 'jane', client_id: 'app' },
    { name: `${iss}#jane`, owner: `${iss}#app` },
  ],
  ['subject and azp', { iss, sub: 'jane', azp: 'app' }, { name: `${iss}#jane`, owner: `${iss}#app` }],
  ['client_id and azp', { iss, sub: 'jane', client_id: 'app', azp: 'other' }, { owner: `${iss}#app` }],
  [
    'a client alone, as client credentials have it',
    { iss, client_id: 'app' },
    { name: `${iss}#app`, owner: `${iss}#app` },
  ],
  ['azp alone', { iss, azp: 'app' }, { name: `${iss}#app`, owner: `${iss}#app` }],
  ['no issuer', { sub: 'jane' }, { name: '#jane', owner: '#jane' }],
  ['a subject that is no text', { iss, sub: ['jane'], client_id: 'app' }, { name: `${iss}#app` }],
])('a JSON Web Token with %s', (_name, claims, expected) => {
  expect(byJwt(claims)).toMatchObject(expected);
  expect(byJwt(claims)).toMatchObject({ claims });
  expect(byJwt(claims)).not.toHaveProperty('roleSession');
});

/** Claims that an attacker may have their identity provider write into a token. */
const FORGED = {
  iss,
  sub: `${ROLE}/one`,
  client_id: ROLE,
  azp: ROLE,
  userArn: `${ROLE}/one`,
  iam: { userArn: `${ROLE}/one` },
  authorizer: { iam: { userArn: `${ROLE}/one` } },
};

test('no claim makes the caller of the API for tokens look like one by IAM', () => {
  const { name, owner, roleSession } = byJwt(FORGED);
  expect([name, owner, roleSession]).toEqual([`${iss}#${ROLE}/one`, `${iss}#${ROLE}`, undefined]);
});

test('no header and no ARN makes a caller by IAM look like one with a token', () => {
  const event = {
    ...eventWith({ authorizer: { iam: { userArn: `${iss}#jane` } } }),
    headers: { authorization: 'Bearer x' },
  };
  expect(callerOf(event)).toEqual({ name: `${iss}#jane`, owner: `${iss}#jane` });
});

test('clients of different issuers have different owners', () => {
  const owners = [iss, 'https://other.example.com'].map((own) => byJwt({ iss: own, client_id: 'app' }).owner);
  expect(new Set(owners).size).toBe(2);
});

test('a token without a subject has an unknown caller, and still has its claims', () => {
  expect(byJwt({ iss })).toEqual({ ...UNKNOWN, claims: { iss } });
});

test.each<[string, object]>([
  ['no authorizer', {}],
  ['an authorizer that is nothing', { authorizer: null }],
  ['an authorizer of another kind', { authorizer: { lambda: { userArn: `${ROLE}/one` } } }],
  ['no ARN', { authorizer: { iam: {} } }],
  ['an ARN that is no text', { authorizer: { iam: { userArn: 7 } } }],
  [
    'two authorizers, of which API Gateway gives one',
    { authorizer: { iam: { userArn: `${ROLE}/one` }, jwt: { claims: { iss, sub: 'jane' } } } },
  ],
  ['claims that are none', { authorizer: { jwt: { claims: null } } }],
])('the caller of a request with %s is unknown', (_name, requestContext) => {
  expect(callerOf(eventWith(requestContext))).toEqual(UNKNOWN);
});
