import { personOf } from '../../../lambda/requests/person.ts';
import type { Caller } from '../../../lambda/shell/caller.ts';
import { ALICE } from '../../support/sessions.ts';

const HASH = '0123456789abcdef';
const caller = (more: Partial<Caller> = {}): Caller => ({ name: 'x', owner: 'x', ...more });
const session = (role: string, name: string) => caller({ roleSession: { role, session: name } });
const REGISTRAR = 'IdentityCenterSessionRegistrar';

test.each([
  ['a permission set', `AWSReservedSSO_AdministratorAccess_${HASH}`, 'jane'],
  ['a permission set with an underscore', `AWSReservedSSO_Read_Only_${HASH}`, 'jane'],
  ['a permission set that ends like a hash', `AWSReservedSSO_x_${HASH}_${HASH}`, 'jane'],
  ['a permission set with every character', `AWSReservedSSO_a+=,.@-1_${HASH}`, 'jane'],
  ['a permission set, for a user with a mail address', `AWSReservedSSO_A_${HASH}`, 'jane.doe+x@example.com'],
])('a role session of %s is the person of its name', (_name, role, userName) => {
  expect(personOf(session(role, userName), {})).toEqual({ userName });
  // Whatever is configured besides.
  const settings = { registrarRole: REGISTRAR, userNameClaim: 'email' };
  expect(personOf(session(role, userName), settings)).toEqual({ userName });
});

test.each([
  ['lacks the hash', 'AWSReservedSSO_x'],
  ['has a hash without a permission set', `AWSReservedSSO_${HASH}`],
  ['has an empty permission set', `AWSReservedSSO__${HASH}`],
  ['has a hash that is too short', `AWSReservedSSO_x_${HASH.slice(1)}`],
  ['has a hash that is too long', `AWSReservedSSO_x_${HASH}0`],
  ['has a hash in capitals', `AWSReservedSSO_x_${HASH.toUpperCase()}`],
  ['has a hash that is none', `AWSReservedSSO_x_${'g'.repeat(16)}`],
  ['has more after the hash', `AWSReservedSSO_x_${HASH}-copy`],
  ['has more before it', `My-AWSReservedSSO_x_${HASH}`],
  ['is spelled otherwise', `awsreservedsso_x_${HASH}`],
  ['is any other', 'offboarding'],
  ['is the registrar, where none is configured', REGISTRAR],
])('a role session is nobody when its role %s', (_name, role) => {
  expect(personOf(session(role, 'jane'), {})).toBeUndefined();
  expect(personOf(session(role, ALICE), {})).toBeUndefined();
});

test.each([
  ['has no user name that there can be', ''],
  ['has a space in it', 'jane doe'],
  ['is longer than user names are', 'x'.repeat(129)],
])('a role session of a permission set whose name %s is nobody', (_name, name) => {
  expect(personOf(session(`AWSReservedSSO_A_${HASH}`, name), {})).toBeUndefined();
});

describe('the registrar role', () => {
  const settings = { registrarRole: REGISTRAR };

  test('is the person of its session name, a user id, in whatever letter case', () => {
    expect(personOf(session(REGISTRAR, ALICE), settings)).toEqual({ userId: ALICE });
    expect(personOf(session(REGISTRAR, ALICE.toUpperCase()), settings)).toEqual({ userId: ALICE });
  });

  test.each(['jane', '', `${ALICE}0`, 'GetCallerIdentity'])(
    'is nobody when its session name is no user id: %s',
    (name) => {
      expect(personOf(session(REGISTRAR, name), settings)).toBeUndefined();
    },
  );

  test.each([`${REGISTRAR}2`, REGISTRAR.toLowerCase(), 'offboarding'])('is not the role %s', (role) => {
    expect(personOf(session(role, ALICE), settings)).toBeUndefined();
  });
});

test('a caller without a role session is not taken for the registrar where none is configured', () => {
  expect(personOf(caller(), { registrarRole: undefined })).toBeUndefined();
  expect(personOf(caller(), { registrarRole: REGISTRAR })).toBeUndefined();
});

describe('a JSON Web Token', () => {
  const withClaims = (claims: Record<string, unknown>) => caller({ claims });
  const settings = { userNameClaim: 'email' };

  test('is the person whom the configured claim names', () => {
    expect(personOf(withClaims({ sub: 's', email: 'jane@example.com' }), settings)).toEqual({
      userName: 'jane@example.com',
    });
  });

  test.each<[string, Record<string, unknown>]>([
    ['it lacks', { sub: 'jane' }],
    ['is empty', { email: '' }],
    ['is no text', { email: ['jane@example.com'] }],
    ['has a space in it', { email: 'jane doe' }],
    ['is too long', { email: 'x'.repeat(129) }],
  ])('is nobody when the claim %s', (_name, claims) => {
    expect(personOf(withClaims(claims), settings)).toBeUndefined();
  });

  test('is nobody where no claim is configured', () => {
    expect(personOf(withClaims({ email: 'jane@example.com', sub: 'jane' }), {})).toBeUndefined();
  });

  test('is nobody when the configured claim is what every object has', () => {
    expect(personOf(withClaims({}), { userNameClaim: 'constructor' })).toBeUndefined();
    expect(personOf(withClaims({}), { userNameClaim: '__proto__' })).toBeUndefined();
  });
});

test('an IAM user is nobody, whatever is configured', () => {
  const settings = { registrarRole: REGISTRAR, userNameClaim: 'email' };
  const iamUser = caller({ name: 'arn:aws:iam::123456789012:user/jane', owner: 'x' });
  expect(personOf(iamUser, settings)).toBeUndefined();
});
