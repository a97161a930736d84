import fc from 'fast-check';
import {
  type DenyPolicies,
  renderDenyPolicies,
} from '../../../../lambda/domain/role-sessions/deny-policy.ts';
import type { DeniedAssignment, DeniedUser } from '../../../../lambda/domain/role-sessions/deny-statement.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;
const idOf = (n: number) => `${String(n).padStart(8, '0')}-1111-4222-8333-444455556666`;
const accountOf = (n: number) => String(100_000_000_000 + n);

/** Each assignment has its own user and account, so that none shares a statement. */
const ended = (n: number, more: Partial<DeniedAssignment> = {}): DeniedAssignment => ({
  userId: idOf(n),
  issuedBefore: new Date(START + n * 1000),
  until: new Date(START + n * HOUR),
  assignment: {
    accountId: accountOf(n),
    permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-1a2b3c4d5e6f7a8b',
    permissionSetName: 'Admin',
  },
  ...more,
});
const removed = (n: number): DeniedUser => ({ userId: idOf(n), until: new Date(START + HOUR) });
const signedOut = (n: number): DeniedUser => ({ ...removed(n), issuedBefore: new Date(START + n * 1000) });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

const textsOf = ({ policies }: DenyPolicies) => policies.map(({ text }) => text);
const usersIn = (policies: DenyPolicies) =>
  policies.policies.flatMap(({ denied }) => denied.filter(({ denial }) => !('assignment' in denial)));

test('the statement of an ended assignment names user, role and cutoff', () => {
  const [policy] = renderDenyPolicies([ended(1)], { policies: 1, characters: 5_120 }).policies;
  const [, statement] = JSON.parse(policy?.text ?? '').Statement;
  expect(statement).toEqual({
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: {
      StringEquals: { 'identitystore:UserId': [idOf(1)] },
      ArnLike: {
        'aws:PrincipalArn': `arn:aws:iam::${accountOf(1)}:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_Admin_????????????????`,
      },
      DateLessThan: { 'aws:TokenIssueTime': '2026-01-01T00:00:01Z' },
    },
  });
});

test('the role is in the partition of the permission set', () => {
  const { assignment } = ended(1);
  const permissionSetArn = assignment.permissionSetArn.replace('arn:aws:', 'arn:aws-us-gov:');
  const denial = ended(1, { assignment: { ...assignment, permissionSetArn } });
  const [policy] = renderDenyPolicies([denial], { policies: 1, characters: 5_120 }).policies;
  expect(policy?.text).toContain(`arn:aws-us-gov:iam::${accountOf(1)}:role/`);
});

test('users with the same role and cutoff share a statement', () => {
  const { assignment, issuedBefore } = ended(1);
  const room = { policies: 1, characters: 5_120 };
  const two = renderDenyPolicies([ended(1), ended(2, { assignment, issuedBefore })], room);
  expect(JSON.parse(textsOf(two)[0] ?? '').Statement).toHaveLength(2);
});

test('without room, those assignments are left out whose denial ends first, and no user', () => {
  const assignments = range(1, 31).map((n) => ended(n));
  const users = [...range(100, 110).map(removed), ...range(110, 115).map(signedOut)];
  const { left, policies } = renderDenyPolicies([...assignments, ...users], {
    policies: 1,
    characters: 5_120,
  });
  expect(left.length).toBeGreaterThan(10);
  expect(left).toEqual(assignments.slice(0, left.length));
  expect(policies[0]?.denied).toHaveLength(assignments.length + users.length - left.length);
});

test('an assignment is left out if a removal needs its room', () => {
  const room = { policies: 1, characters: 1_200 };
  const assignments = [ended(1), ended(2), ended(3)];
  const before = renderDenyPolicies(assignments, room);
  expect(before.left).toEqual([]);
  const users = range(100, 110).map(removed);
  const { left } = renderDenyPolicies([...assignments, ...users], room, textsOf(before));
  expect(left).toEqual([ended(1), ended(2)]);
});

test('no sign-outs are merged to make room for an assignment', () => {
  const room = { policies: 1, characters: 149 + 8 * 200 };
  const users = range(100, 107).map(signedOut);
  const alone = renderDenyPolicies(users, room);
  const { left, policies } = renderDenyPolicies([...users, ended(1), ended(2)], room);
  expect(alone.left).toEqual([]);
  expect(left).toEqual([ended(1), ended(2)]);
  expect(policies[0]?.denied).toEqual(alone.policies[0]?.denied);
});

test('assignments with the same role are merged before one is left out', () => {
  const { assignment } = ended(1);
  const denials = range(1, 31).map((n) => ended(n, { assignment }));
  const { left, policies } = renderDenyPolicies(denials, { policies: 1, characters: 5_120 });
  expect(left).toEqual([]);
  for (const { denial, issuedBefore } of policies[0]?.denied ?? [])
    expect(issuedBefore?.getTime()).toBeGreaterThanOrEqual(
      'issuedBefore' in denial ? (denial.issuedBefore?.getTime() ?? 0) : 0,
    );
});

const anyDenials = fc.record({
  assignments: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }),
  removals: fc.uniqueArray(fc.integer({ min: 100, max: 200 }), { maxLength: 60 }),
  signOuts: fc.uniqueArray(fc.integer({ min: 300, max: 400 }), { maxLength: 40 }),
  policies: fc.integer({ min: 1, max: 3 }),
  characters: fc.integer({ min: 1_000, max: 5_120 }),
});

test('whatever assignments end, all other denials stay the same', () => {
  fc.assert(
    fc.property(anyDenials, ({ assignments, removals, signOuts, ...room }) => {
      const users = [...removals.map(removed), ...signOuts.map(signedOut)];
      const alone = renderDenyPolicies(users, room);
      const withThem = renderDenyPolicies([...users, ...assignments.map((n) => ended(n))], room);
      expect(usersIn(withThem)).toEqual(usersIn(alone));
      expect(withThem.left.filter((denial) => !('assignment' in denial))).toEqual(alone.left);
      for (const text of textsOf(withThem)) expect(text.length).toBeLessThanOrEqual(room.characters);
    }),
    { numRuns: 100, seed: 20_260_101 },
  );
});

test('rendering again changes no text, and if all fit, a newcomer changes one policy', () => {
  fc.assert(
    fc.property(anyDenials, ({ assignments, removals, signOuts, ...room }) => {
      const denials = [
        ...removals.map(removed),
        ...signOuts.map(signedOut),
        ...assignments.map((n) => ended(n)),
      ];
      const once = renderDenyPolicies(denials, room);
      const twice = renderDenyPolicies(denials.toReversed(), room, textsOf(once));
      if (once.left.length === 0) expect(textsOf(twice)).toEqual(textsOf(once));
      const more = renderDenyPolicies([...denials, ended(61)], room, textsOf(once));
      if (more.left.length > 0) return;
      const changed = textsOf(more).filter((text, n) => text !== textsOf(once)[n]);
      expect(changed).toHaveLength(1);
    }),
    { numRuns: 100, seed: 20_260_101 },
  );
});
