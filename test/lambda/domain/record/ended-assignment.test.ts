import type { Denied } from '../../../../lambda/domain/denial.ts';
import { describeRevocation } from '../../../../lambda/domain/record/describe-revocation.ts';
import type { RevocationHeader } from '../../../../lambda/domain/revocation.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
const assignment = {
  accountId: '111122223333',
  permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-1a2b3c4d5e6f7a8b',
  permissionSetName: 'Admin',
};

/** Role sessions of the permission set last two hours. */
const header: RevocationHeader = {
  revocationId: 'assignment.1',
  subject: { userId: 'u', assignment },
  source: 'event',
  requestedBy: 'DeleteAccountAssignment of sso.amazonaws.com',
  requestedAt: at(0),
  portalSessionSeconds: 8 * 3600,
  maxRoleSessionSeconds: 2 * 3600,
  denial: 'asked',
};

const describe = (denied: Denied | undefined, now: Date) =>
  describeRevocation({ header: { ...header, ...(denied && { denied }) }, outcomes: [], users: [] }, now);

test.each<[string, Denied | undefined, Date, object]>([
  ['not in place yet', undefined, at(1), { status: 'IN_PROGRESS', notDenied: 'pending', completedAt: null }],
  ['never in place', undefined, at(180), { status: 'FAILED', notDenied: 'not-in-time', completedAt: null }],
  ['no room', { notDenied: 'no-room' }, at(1), { status: 'FAILED', notDenied: 'no-room', completedAt: null }],
  [
    'denied',
    { deniedAt: at(2), deniedUntil: at(121), deniedIssuedBefore: at(1) },
    at(3),
    { status: 'COMPLETED', notDenied: undefined, completedAt: at(2).toISOString() },
  ],
  [
    'denied, and over',
    { deniedAt: at(2), deniedUntil: at(121) },
    at(500),
    { status: 'COMPLETED', notDenied: undefined, completedAt: at(2).toISOString() },
  ],
  [
    'denied, and let go for want of room',
    { deniedAt: at(2), deniedUntil: at(5), notDenied: 'no-room' },
    at(6),
    { status: 'FAILED', notDenied: 'no-room', completedAt: null },
  ],
  [
    'denied, and lifted',
    { deniedAt: at(2), deniedUntil: at(5), notDenied: 'lifted', liftedBy: 'x' },
    at(6),
    { status: 'COMPLETED', notDenied: 'lifted', completedAt: at(2).toISOString() },
  ],
  [
    'lifted before it was in place',
    { notDenied: 'lifted', liftedBy: 'x' },
    at(6),
    { status: 'FAILED', notDenied: 'lifted', completedAt: null },
  ],
])('%s', (_, denied, now, expected) => {
  const { status, roleSessions, completedAt, sessions, next, subject } = describe(denied, now);
  expect({ status, notDenied: roleSessions.notDenied, completedAt }).toEqual(expected);
  expect(sessions.found).toBe(0);
  expect(subject).toEqual(header.subject);
  // There is no sign-in session to delete.
  expect(next).toBeUndefined();
});

test('role sessions may be issued for an hour after the assignment ended, and then last as long as the permission set says', () => {
  const expected = at(180).toISOString();
  expect(describe(undefined, at(1)).roleSessions.mayContinueUntil).toBe(expected);
  expect(describe({ deniedAt: at(2) }, at(500)).roleSessions.mayContinueUntil).toBe(expected);
});
