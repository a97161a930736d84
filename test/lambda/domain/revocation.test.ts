import { describeRevocation } from '../../../lambda/domain/record/describe-revocation.ts';
import { type Outcome, type RevocationHeader, replaceableBy } from '../../../lambda/domain/revocation.ts';

const header: RevocationHeader = {
  revocationId: 'r',
  subject: { sessionId: 's' },
  source: 'http',
  requestedBy: 'arn',
  requestedAt: new Date('2026-01-01T00:00:00Z'),
  portalSessionSeconds: 3 * 3600,
  maxRoleSessionSeconds: 4 * 3600,
  denial: 'switched-off',
};
const now = new Date('2026-01-01T10:00:00Z');
const counts = { found: 0, loggedOut: 0, alreadyInvalid: 0, pending: 0, failed: 0 };

const hour = (of: number) => new Date(Date.UTC(2026, 0, 1, of));
const at = (outcome: Outcome, of: number) => ({
  sessionId: `s${of}`,
  outcome,
  at: hour(of),
  attempts: 1,
});

// The request is at 0:00 and now it is 10:00. A sign-in session lasts 3 hours, and a role session 4.
test.each([
  { name: 'no outcome yet', outcomes: [], status: 'IN_PROGRESS', until: '14' },
  { name: 'one was logged out', outcomes: [at('LOGGED_OUT', 1)], status: 'COMPLETED', until: '05' },
  {
    name: 'the last Logout counts',
    outcomes: [at('LOGGED_OUT', 4), at('LOGGED_OUT', 2)],
    status: 'COMPLETED',
    until: '08',
  },
  {
    name: 'a token was invalid already, and its sign-in session may live',
    outcomes: [at('ALREADY_INVALID', 1)],
    status: 'COMPLETED',
    until: '07',
  },
  {
    name: 'one may still be alive',
    outcomes: [at('LOGGED_OUT', 1), at('PENDING', 1)],
    status: 'IN_PROGRESS',
    until: '14',
  },
  {
    name: 'one was given up',
    outcomes: [at('LOGGED_OUT', 1), at('FAILED', 1)],
    status: 'FAILED',
    until: '14',
  },
])(
  'a revocation of a session, $name: $status, with role sessions until $until:00',
  ({ outcomes, status, until }) => {
    const revocation = describeRevocation({ header, outcomes, users: [] }, now);
    expect(revocation.status).toBe(status);
    expect(revocation.roleSessions.mayContinueUntil).toBe(`2026-01-01T${until}:00:00.000Z`);
    expect(revocation.completedAt === null).toBe(status !== 'COMPLETED');
    const { found, loggedOut, alreadyInvalid, pending, failed } = revocation.sessions;
    expect(loggedOut + alreadyInvalid + pending + failed).toBe(found);
    expect(found).toBe(outcomes.length);
  },
);

test.each([
  ['ended all', { loggedOut: 3 }, {}, 'COMPLETED', '07'],
  ['found nothing', {}, {}, 'NOTHING_HELD', '07'],
  ['had one finally rejected, which was held until 2:00', { loggedOut: 2, failed: 1 }, {}, 'FAILED', '09'],
  ['was carried out as a removal from 1:00 on', {}, { removedAt: hour(1) }, 'NOTHING_HELD', '08'],
  ['denied the role sessions', {}, { denied: { deniedAt: hour(0) } }, 'NOTHING_HELD', '07'],
])(
  'a completed revocation of a user that %s bounds all role sessions, registered or not',
  (_name, ended, more, status, until) => {
    const found = Object.values<number>(ended).reduce((a, b) => a + b, 0);
    const completion = { at: hour(2), sessions: { ...counts, ...ended, found } };
    const ofUser = { ...header, ...more, subject: { userId: 'u' }, completion };
    const revocation = describeRevocation({ header: ofUser, outcomes: [], users: [] }, now);
    const completedAt = status === 'FAILED' ? null : '2026-01-01T02:00:00.000Z';
    expect(revocation).toMatchObject({ status, completedAt, sessions: completion.sessions });
    expect(revocation.roleSessions.mayContinueUntil).toBe(`2026-01-01T${until}:00:00.000Z`);
  },
);

test.each([
  ['the request', hour(0), '2026-01-01T07:00:00.000Z'],
  ['now, when retries go on for longer than a sign-in session lives', hour(5), '2026-01-01T09:00:00.000Z'],
])('while a session is pending, the bound of role sessions is computed from %s', (_what, at, until) => {
  const ofUser = { ...header, subject: { userId: 'u' } };
  const { roleSessions } = describeRevocation({ header: ofUser, outcomes: [], users: [] }, at);
  expect(roleSessions.mayContinueUntil).toBe(until);
});

test.each([
  ['nothing was held', { userId: 'u' }, {}, 1, 'No session was held here'],
  ['nothing was held of anybody', { everyone: true as const }, {}, 1, 'Users, each user, Active sessions'],
  ['a session was finally rejected', { userId: 'u' }, { failed: 1 }, 1, 'A session could not be ended'],
  ['a token was invalid already', { userId: 'u' }, { alreadyInvalid: 1 }, 1, 'A token was invalid already'],
  ['all were logged out', { userId: 'u' }, { loggedOut: 1 }, 1, undefined],
  ['no sign-in session of before can be alive', { userId: 'u' }, {}, 3, undefined],
])("the answer's next step for a person if %s", (_name, subject, ended, at, detail) => {
  const found = Object.values<number>(ended).reduce((a, b) => a + b, 0);
  const completion = { at: hour(0), sessions: { ...counts, ...ended, found } };
  const { next } = describeRevocation(
    { header: { ...header, subject, completion }, outcomes: [], users: [] },
    hour(at),
  );
  expect(next).toEqual(detail && { code: 'delete-active-sessions', detail: expect.stringContaining(detail) });
});

test('there is no next step during retries, nor if the user is unknown', () => {
  const ofUser = { ...header, subject: { userId: 'u' } };
  const ofNobody = { ...header, subject: { userName: 'jdoe' }, error: 'user-not-found' as const };
  for (const each of [ofUser, ofNobody])
    expect(describeRevocation({ header: each, outcomes: [], users: [] }, hour(1))).not.toHaveProperty('next');
});

test('a revocation of a session is done if another one had already ended it and recorded that', () => {
  const completion = { at: new Date(Date.UTC(2026, 0, 1, 2)), sessions: counts };
  const noticed = describeRevocation({ header: { ...header, completion }, outcomes: [], users: [] }, now);
  expect(noticed).toMatchObject({ status: 'NOTHING_HELD', completedAt: '2026-01-01T02:00:00.000Z' });
  const again = { header: { ...header, completion }, outcomes: [at('PENDING', 3)], users: [] };
  expect(describeRevocation(again, now)).toMatchObject({ status: 'IN_PROGRESS', sessions: { pending: 1 } });
});

test('a revocation of an unknown user has FAILED for good, with nothing found and the longest bound', () => {
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
])('the answer has an error only if the revocation %s', (_name, error, hasError) => {
  const revocation = describeRevocation({ header: { ...header, ...error }, outcomes: [], users: [] }, now);
  expect('error' in revocation).toBe(hasError);
});

test.each([
  ['of a sign-out, while what it denies may be alive', {}, 3, 'pending'],
  ['of a sign-out, once what it denies is over', {}, 4, 'not-in-time'],
  ['of a removal, while new role sessions may be alive', { removedAt: hour(0) }, 6, 'pending'],
  ['of a removal, once they are over', { removedAt: hour(0) }, 7, 'not-in-time'],
])('a denial that was requested and is not in place, %s', (_name, more, at, notDenied) => {
  const asked = { ...header, ...more, denial: 'asked' as const };
  const { roleSessions } = describeRevocation({ header: asked, outcomes: [], users: [] }, hour(at));
  expect(roleSessions).toMatchObject({ deniedAt: null, notDenied });
});

const share = (of: number, done: boolean, sessions: Partial<typeof counts>) => ({
  ...{ userId: `u${of}`, revocationId: `r${of}`, done, at: hour(of) },
  sessions: {
    ...counts,
    ...sessions,
    found: Object.values(sessions).reduce((a, b) => a + b, 0),
  },
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
  ['nobody had a session', true, [], 'NOTHING_HELD', 2],
  ['one had none any more', true, [share(1, true, {})], 'NOTHING_HELD', 2],
])('a revocation of everyone if %s', (_name, isListed, users, status, completedAtHour) => {
  const completion = { at: new Date(Date.UTC(2026, 0, 1, 2)), sessions: counts };
  const everyone = { ...header, subject: { everyone: true as const }, ...(isListed && { completion }) };
  const revocation = describeRevocation({ header: everyone, outcomes: [], users }, now);
  const completedAt = completedAtHour && `2026-01-01T0${completedAtHour}:00:00.000Z`;
  expect(revocation).toMatchObject({ status, completedAt });
  for (const what of ['loggedOut', 'alreadyInvalid', 'pending', 'failed'] as const) {
    const total = users.map(({ sessions }) => sessions[what]).reduce((a, b) => a + b, 0);
    expect(revocation.sessions[what]).toBe(total);
  }
});

test('an outcome is replaced only by better ones, and an unfinished one also by itself', () => {
  const all: Outcome[] = ['PENDING', 'FAILED', 'ALREADY_INVALID', 'LOGGED_OUT'];
  expect(all.map(replaceableBy)).toEqual([['PENDING'], all.slice(0, 2), all.slice(0, 2), all.slice(0, 3)]);
});

test('a revocation of 200,000 users can be described', () => {
  const completion = { at: new Date(Date.UTC(2026, 0, 1, 2)), sessions: counts };
  const everyone = { ...header, subject: { everyone: true as const }, completion };
  const users = Array.from({ length: 200_000 }, (_, n) => ({
    userId: String(n),
    revocationId: 'r',
    done: true,
    at: new Date(n),
    sessions: { ...counts, found: 1, loggedOut: 1 },
  }));
  expect(describeRevocation({ header: everyone, outcomes: [], users }, now).status).toBe('COMPLETED');
});
