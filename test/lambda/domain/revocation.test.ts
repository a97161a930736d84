import {
  describeRevocation,
  type Outcome,
  type RevocationHeader,
  replaceableBy,
} from '../../../lambda/domain/revocation.ts';

const header: RevocationHeader = {
  revocationId: 'r',
  subject: { sessionId: 's' },
  source: 'http',
  requestedBy: 'arn',
  requestedAt: new Date('2026-01-01T00:00:00Z'),
  maxRoleSessionSeconds: 4 * 3600,
  denial: 'switched-off',
};
const now = new Date('2026-01-01T10:00:00Z');

const at = (outcome: Outcome, hour: number) => ({
  sessionId: `s${hour}`,
  outcome,
  at: new Date(Date.UTC(2026, 0, 1, hour)),
  attempts: 1,
});

test.each([
  { name: 'no outcome yet', outcomes: [], status: 'IN_PROGRESS', until: '2026-01-01T14:00:00.000Z' },
  {
    name: 'one ended',
    outcomes: [at('LOGGED_OUT', 1)],
    status: 'COMPLETED',
    until: '2026-01-01T05:00:00.000Z',
  },
  {
    name: 'the last Logout counts',
    outcomes: [at('LOGGED_OUT', 3), at('ALREADY_INVALID', 2)],
    status: 'COMPLETED',
    until: '2026-01-01T07:00:00.000Z',
  },
  {
    name: 'one may still be alive',
    outcomes: [at('LOGGED_OUT', 1), at('PENDING', 1)],
    status: 'IN_PROGRESS',
    until: '2026-01-01T14:00:00.000Z',
  },
  {
    name: 'one was given up',
    outcomes: [at('LOGGED_OUT', 1), at('FAILED', 1)],
    status: 'FAILED',
    until: '2026-01-01T14:00:00.000Z',
  },
])('$name: $status, role sessions until $until', ({ outcomes, status, until }) => {
  const revocation = describeRevocation({ header, outcomes, users: [] }, now);
  expect(revocation.status).toBe(status);
  expect(revocation.roleSessions.mayContinueUntil).toBe(until);
  expect(revocation.completedAt === null).toBe(status !== 'COMPLETED');
  const { found, loggedOut, alreadyInvalid, pending, failed } = revocation.sessions;
  expect(loggedOut + alreadyInvalid + pending + failed).toBe(found);
  expect(found).toBe(outcomes.length);
});

test('an outcome gives way to better ones; only what is not ended yet, to itself', () => {
  const all: Outcome[] = ['PENDING', 'FAILED', 'ALREADY_INVALID', 'LOGGED_OUT'];
  expect(all.map(replaceableBy)).toEqual([['PENDING'], all.slice(0, 2), all.slice(0, 2), all.slice(0, 3)]);
});
