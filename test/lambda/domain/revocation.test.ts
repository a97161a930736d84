import { describeRevocation } from '../../../lambda/domain/record/describe-revocation.ts';
import { type Outcome, type RevocationHeader, replaceableBy } from '../../../lambda/domain/revocation.ts';

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
const counts = { found: 0, loggedOut: 0, alreadyInvalid: 0, pending: 0, failed: 0 };

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

test.each([
  ['ended all', 0, 'COMPLETED', '2026-01-01T02:00:00.000Z', '2026-01-01T06:00:00.000Z'],
  ['had one finally rejected', 1, 'FAILED', null, '2026-01-01T14:00:00.000Z'],
])('a revocation of a user that is done and %s: %s', (_name, failed, status, completedAt, until) => {
  const completion = {
    at: new Date(Date.UTC(2026, 0, 1, 2)),
    sessions: { ...counts, found: 3, loggedOut: 3 - failed, failed },
  };
  const ofUser = { ...header, subject: { userId: 'u' }, completion };
  const revocation = describeRevocation({ header: ofUser, outcomes: [], users: [] }, now);
  expect(revocation).toMatchObject({ status, completedAt, sessions: completion.sessions });
  expect(revocation.roleSessions.mayContinueUntil).toBe(until);
});

test("a session's revocation is done when another had ended it already, and that was noticed", () => {
  const completion = { at: new Date(Date.UTC(2026, 0, 1, 2)), sessions: counts };
  const noticed = describeRevocation({ header: { ...header, completion }, outcomes: [], users: [] }, now);
  expect(noticed).toMatchObject({ status: 'COMPLETED', completedAt: '2026-01-01T02:00:00.000Z' });
  const again = { header: { ...header, completion }, outcomes: [at('PENDING', 3)], users: [] };
  expect(describeRevocation(again, now)).toMatchObject({ status: 'IN_PROGRESS', sessions: { pending: 1 } });
});

test('a revocation of nobody has failed for good: nothing was found, and who it was may go on', () => {
  const ofNobody = {
    ...header,
    subject: { userName: 'jdoe' },
    denial: 'user-unknown' as const,
    error: 'user-not-found' as const,
  };
  const revocation = describeRevocation({ header: ofNobody, outcomes: [], users: [] }, now);
  expect(revocation).toMatchObject({
    status: 'FAILED',
    error: 'user-not-found',
    subject: { userName: 'jdoe' },
    completedAt: null,
    sessions: counts,
    roleSessions: { mayContinueUntil: '2026-01-01T14:00:00.000Z', deniedAt: null, notDenied: 'user-unknown' },
  });
});

test.each([
  ['failed at its request', { error: 'user-not-found' as const }, true],
  ['did not', {}, false],
])('the answer has an error where the revocation %s', (_name, error, hasError) => {
  const revocation = describeRevocation({ header: { ...header, ...error }, outcomes: [], users: [] }, now);
  expect('error' in revocation).toBe(hasError);
});

test.each([
  ['the sessions may still be alive', [at('PENDING', 1)], 'pending'],
  ['role sessions may still be alive', [at('LOGGED_OUT', 7)], 'pending'],
  ['the last of them is over now', [at('LOGGED_OUT', 6)], 'not-in-time'],
])('a denial that was asked for, while %s', (_name, outcomes, notDenied) => {
  const asked = { ...header, denial: 'asked' as const };
  const { roleSessions } = describeRevocation({ header: asked, outcomes, users: [] }, now);
  expect(roleSessions).toMatchObject({ deniedAt: null, notDenied });
});

const share = (hour: number, done: boolean, sessions: object) => ({
  ...{ userId: `u${hour}`, revocationId: `r${hour}`, done, at: new Date(Date.UTC(2026, 0, 1, hour)) },
  sessions: { ...counts, ...sessions },
});
const ended = { loggedOut: 1, alreadyInvalid: 2 };

test.each([
  ['not all are listed', false, [share(1, true, ended)], 'IN_PROGRESS', null],
  ['not all are listed, and one was given up', false, [share(1, true, { failed: 1 })], 'IN_PROGRESS', null],
  ['one is not done', true, [share(1, true, ended), share(3, false, { pending: 1 })], 'IN_PROGRESS', null],
  ['one was given up', true, [share(1, true, ended), share(3, true, { failed: 1 })], 'FAILED', null],
  [
    'one was given up, one is not done',
    true,
    [share(1, true, { failed: 1 }), share(3, false, { pending: 1 })],
    'IN_PROGRESS',
    null,
  ],
  ['the last is done', true, [share(1, true, ended), share(3, true, ended)], 'COMPLETED', 3],
  ['all are done before the last is listed', true, [share(1, true, ended)], 'COMPLETED', 2],
])('everyone, of whom %s', (_name, isListed, users, status, hour) => {
  const completion = { at: new Date(Date.UTC(2026, 0, 1, 2)), sessions: counts };
  const everyone = { ...header, subject: { everyone: true as const }, ...(isListed && { completion }) };
  const revocation = describeRevocation({ header: everyone, outcomes: [], users }, now);
  const completedAt = hour && `2026-01-01T0${hour}:00:00.000Z`;
  expect(revocation).toMatchObject({ status, completedAt });
  for (const what of ['loggedOut', 'alreadyInvalid', 'pending', 'failed'] as const) {
    const total = users.map(({ sessions }) => sessions[what]).reduce((a, b) => a + b);
    expect(revocation.sessions[what]).toBe(total);
  }
});

test('an outcome gives way to better ones; only what is not ended yet, to itself', () => {
  const all: Outcome[] = ['PENDING', 'FAILED', 'ALREADY_INVALID', 'LOGGED_OUT'];
  expect(all.map(replaceableBy)).toEqual([['PENDING'], all.slice(0, 2), all.slice(0, 2), all.slice(0, 3)]);
});

test('everyone, of 200,000 users, can be described', () => {
  const completion = { at: new Date(Date.UTC(2026, 0, 1, 2)), sessions: counts };
  const everyone = { ...header, subject: { everyone: true as const }, completion };
  const users = Array.from({ length: 200_000 }, (_, n) => ({
    userId: String(n),
    revocationId: 'r',
    done: true,
    at: new Date(n),
    sessions: { ...counts, failed: 0, pending: 0 },
  }));
  expect(describeRevocation({ header: everyone, outcomes: [], users }, now).status).toBe('COMPLETED');
});
