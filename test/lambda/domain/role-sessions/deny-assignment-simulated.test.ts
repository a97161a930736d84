import { runSimulation } from '@cloud-copilot/iam-simulate';
import fc from 'fast-check';
import type { AssignedRole } from '../../../../lambda/domain/denial.ts';
import { renderDenyPolicies } from '../../../../lambda/domain/role-sessions/deny-policy.ts';
import type { ToDeny } from '../../../../lambda/domain/role-sessions/deny-statement.ts';

// Checks the meaning of an ended assignment's statement with an IAM simulator that others wrote.

const START = Date.parse('2026-01-01T00:00:00Z');
const [ACCOUNT, OTHER_ACCOUNT] = ['111122223333', '444455556666'];
const ANA = '0a000000-0000-4000-8000-000000000001';
const BEN = '9067f0a1b2-0b000000-0000-4000-8000-000000000002';
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const HEX = '0123456789abcdef';

const assignment = (more: Partial<AssignedRole> = {}): AssignedRole => ({
  accountId: ACCOUNT,
  permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-1a2b3c4d5e6f7a8b',
  permissionSetName: 'Admin',
  ...more,
});

/** Ana's assignment, which ended at the start. */
const ended = (more: Partial<AssignedRole> = {}, userId = ANA): ToDeny => ({
  userId,
  assignment: assignment(more),
  issuedBefore: new Date(START),
  until: new Date(START + 3_600_000),
});

interface RoleSession {
  userId?: string;
  accountId?: string;
  name?: string;
  /** The path before the name of the role. */
  path?: string;
  issuedAt?: number;
}

/** By default, Ana's role session of the permission set, issued an hour before, in an instance outside us-east-1. */
async function isDenied(denials: ToDeny[], session: RoleSession, action = 's3:GetObject') {
  const { userId = ANA, accountId = ACCOUNT, name = `AWSReservedSSO_Admin_${HEX}` } = session;
  const { path = 'aws-reserved/sso.amazonaws.com/eu-west-1/', issuedAt = START - 3_600_000 } = session;
  const texts = renderDenyPolicies(denials, { policies: 2, characters: 5_120 }).policies;
  const run = await runSimulation(
    {
      request: {
        // The simulator takes `aws:PrincipalArn` from the principal, as AWS takes it from the role.
        principal: `arn:aws:iam::${accountId}:role/${path}${name}`,
        action,
        resource: { resource: '*', accountId },
        contextVariables: {
          'identitystore:UserId': userId,
          'aws:TokenIssueTime': new Date(issuedAt).toISOString().replace('.000Z', 'Z'),
          'aws:PrincipalArn': `arn:aws:iam::${accountId}:role/${path}${name}`,
        },
      },
      identityPolicies: [{ name: 'everything', policy: everything }],
      serviceControlPolicies: [
        {
          orgIdentifier: 'r-root',
          policies: [
            { name: 'FullAWSAccess', policy: everything },
            ...texts.map(({ text }, n) => ({ name: `deny-${n}`, policy: JSON.parse(text) })),
          ],
        },
      ],
      resourceControlPolicies: [],
    },
    {},
  );
  if (run.resultType !== 'single' && run.resultType !== 'wildcard') throw new Error(JSON.stringify(run));
  const results = run.resultType === 'single' ? [run.result] : run.results;
  const ignored = results.flatMap(({ ignoredContextKeys }) => ignoredContextKeys ?? []);
  if (results.length === 0 || ignored.length > 0) throw new Error(`Not simulated: ${ignored.join(', ')}`);
  return run.overallResult === 'ExplicitlyDenied';
}

test.each<[string, RoleSession]>([
  ['in an instance outside us-east-1', {}],
  [
    'in an instance in us-east-1, which has no Region in the path',
    { path: 'aws-reserved/sso.amazonaws.com/' },
  ],
  ['with another id of its role', { name: 'AWSReservedSSO_Admin_fedcba9876543210' }],
  ['of a second before', { issuedAt: START - 1_000 }],
])('a role session of the permission set in the account is denied: %s', async (_, session) => {
  expect(await isDenied([ended()], session)).toBe(true);
});

test.each<[string, RoleSession]>([
  ['of another user', { userId: BEN }],
  ['in another account', { accountId: OTHER_ACCOUNT }],
  ['issued at the end', { issuedAt: START }],
  ['issued after, as the assignment was created again', { issuedAt: START + 1_000 }],
  ['of a permission set whose name goes on', { name: `AWSReservedSSO_Admin_X_${HEX}` }],
  ['of one whose name goes on without a separator', { name: `AWSReservedSSO_Admin2_${HEX}` }],
  ['of one whose name ends so', { name: `AWSReservedSSO_X_Admin_${HEX}` }],
  ['of one whose name ends in a role name', { name: `AWSReservedSSO_X_AWSReservedSSO_Admin_${HEX}` }],
  ['of one whose name is the same in another letter case', { name: `AWSReservedSSO_ADMIN_${HEX}` }],
  ['of a role with that name that is not of Identity Center', { path: '' }],
  ['of a role with that name in a path like it', { path: 'aws-reserved/sso.amazonaws.evil/' }],
])('another role session is not denied: %s', async (_, session) => {
  expect(await isDenied([ended()], session)).toBe(false);
});

test("if one permission set's name is the start of another's, the longer one is denied and the shorter is not", async () => {
  const longer = [ended({ permissionSetName: 'Admin_X' })];
  expect(await isDenied(longer, { name: `AWSReservedSSO_Admin_X_${HEX}` })).toBe(true);
  expect(await isDenied(longer, {})).toBe(false);
});

test('the longest name is denied, and special characters match only themselves', async () => {
  for (const permissionSetName of ['A'.repeat(32), 'a+b=c,d.e@f-g_h']) {
    const denials = [ended({ permissionSetName })];
    expect(await isDenied(denials, { name: `AWSReservedSSO_${permissionSetName}_${HEX}` })).toBe(true);
  }
  const dotted = [ended({ permissionSetName: 'a.b' })];
  expect(await isDenied(dotted, { name: `AWSReservedSSO_axb_${HEX}` })).toBe(false);
});

test('users with the same role share a statement, and each is denied by their own cutoff', async () => {
  const denials = [ended(), ended({}, BEN)];
  for (const userId of [ANA, BEN]) expect(await isDenied(denials, { userId })).toBe(true);
  const later = { ...ended({}, BEN), issuedBefore: new Date(START + 60_000) };
  expect(await isDenied([ended(), later], { userId: BEN, issuedAt: START + 30_000 })).toBe(true);
  expect(await isDenied([ended(), later], { userId: ANA, issuedAt: START + 30_000 })).toBe(false);
});

test('for any names, one permission set of a user is denied and no other', async () => {
  const anyName = fc.stringMatching(/^[\w+=,.@-]{1,32}$/);
  const near = fc
    .tuple(anyName, fc.constantFrom('', '_', 'X', '_X', 'AWSReservedSSO_'))
    .chain(([name, more]) =>
      fc.constantFrom<[string, string]>(
        [name, `${name}${more}`.slice(0, 32)],
        [name, `${more}${name}`.slice(0, 32)],
      ),
    );
  await fc.assert(
    fc.asyncProperty(near, async ([permissionSetName, other]) => {
      const denied = await isDenied([ended({ permissionSetName })], {
        name: `AWSReservedSSO_${other}_${HEX}`,
      });
      expect(denied).toBe(other === permissionSetName);
    }),
    { numRuns: 200, seed: 20_260_101 },
  );
});

test.each<[string, Partial<AssignedRole>]>([
  ['an account that is none', { accountId: '1111*' }],
  ['a permission set that is none', { permissionSetArn: 'arn:*:sso:::permissionSet/x/y' }],
  ['a name with a pattern', { permissionSetName: 'Adm?n' }],
  ['a name with a path', { permissionSetName: 'a/b' }],
  ['an empty name', { permissionSetName: '' }],
])('%s does not become part of a policy', (_, more) => {
  expect(() => renderDenyPolicies([ended(more)], { policies: 1, characters: 5_120 })).toThrow(RangeError);
});
