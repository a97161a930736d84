import { type Caller, UNKNOWN } from '../../../lambda/shell/caller.ts';

import { requiredRole, requireRole } from '../../../lambda/shell/required-role.ts';

const required = { claim: 'roles', role: 'revoke' };
const holding = (claims: Record<string, unknown>): Caller => ({ name: 'a#b', owner: 'a#b', claims });

test.each([
  ['the only one', '[revoke]'],
  ['one of several', '[read revoke lift]'],
  ['a claim that is no array', 'revoke'],
])('a token with the role as %s is accepted', (_name, roles) => {
  expect(() => requireRole(holding({ roles }), required)).not.toThrow();
});

test.each<[string, Record<string, unknown>]>([
  ['no role', {}],
  ['another role', { roles: '[read]' }],
  ['a role that begins like it', { roles: '[revoke-everyone]' }],
  ['a role that ends like it', { roles: '[x:revoke]' }],
  ['the role in another claim', { scope: 'revoke', scp: '[revoke]' }],
  ['brackets within', { roles: '[read] [revoke' }],
  ['JSON', { roles: '["revoke"]' }],
  ['a claim that is no text', { roles: ['revoke'] }],
])('a token with %s is refused', (_name, claims) => {
  expect(() => requireRole(holding(claims), required)).toThrow(
    expect.objectContaining({ code: 'role-missing' }),
  );
});

test('an unknown caller is refused, and a caller by IAM is accepted', () => {
  expect(() => requireRole(UNKNOWN, required)).toThrow('needs the role revoke');
  expect(() => requireRole({ name: 'arn:aws:sts::1:x', owner: 'x' }, required)).not.toThrow();
});

test('without configuration no role is required, and half a configuration keeps the function from starting', () => {
  const before = process.env;
  const given = (env: NodeJS.ProcessEnv) => {
    process.env = env;
    return requiredRole();
  };
  try {
    expect(given({})).toBeUndefined();
    expect(given({ ROLES_CLAIM: 'roles', REQUIRED_ROLE: 'read' })).toEqual({ claim: 'roles', role: 'read' });
    for (const half of [
      { ROLES_CLAIM: 'roles' },
      { REQUIRED_ROLE: 'read' },
      { ROLES_CLAIM: '', REQUIRED_ROLE: 'read' },
    ])
      expect(() => given(half)).toThrow('environment is incomplete');
  } finally {
    process.env = before;
  }
});
