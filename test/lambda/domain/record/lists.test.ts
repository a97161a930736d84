import { headerOf } from '../../../../lambda/domain/job.ts';
import { listRevocations } from '../../../../lambda/domain/record/list-revocations.ts';
import { requestRevocation } from '../../../../lambda/domain/revoke/request-revocation.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { listSessions } from '../../../../lambda/domain/sessions/list-sessions.ts';
import { alreadyInvalid, ampleTime, failed, fakePortal, fakeWorld } from '../../../support/fakes.ts';
import { ALICE, hold, someJob } from '../../../support/sessions.ts';

const { signal } = new AbortController();

test('sessions are listed page by page, until one is not full', async () => {
  const world = fakeWorld();
  const ids = (await hold(world, ALICE, 'one', 'two', 'three', 'four')).toSorted();
  const first = await listSessions(world, ALICE, { limit: 3 }, ampleTime());
  expect(first.sessions.map(({ sessionId }) => sessionId)).toEqual(ids.slice(0, 3));
  const second = await listSessions(world, ALICE, { limit: 3, after: first.nextCursor }, ampleTime());
  expect(second.sessions).toMatchObject([{ sessionId: ids[3] }]);
  expect(second).not.toHaveProperty('nextCursor');
});

test('a page of expired sessions is empty, and still has a cursor', async () => {
  const world = { ...fakeWorld(), clock: () => new Date('2027-01-01T00:00:00Z') };
  const ids = (await hold(world, ALICE, 'one', 'two')).toSorted();
  const page = await listSessions(world, ALICE, { limit: 2 }, ampleTime());
  expect(page).toEqual({ sessions: [], nextCursor: ids[1] });
});

test.each([[undefined], ['more']])(
  'revocations are listed complete or not, with the cursor %j',
  async (next) => {
    const world = fakeWorld();
    const ask = async (token: string, portal = world.portal) => {
      await hold(world, ALICE, token);
      const asked = { user: { userId: ALICE }, requestedBy: 'x' };
      return requestRevocation({ ...world, portal }, asked, ampleTime());
    };
    const done = await ask('one');
    const open = await ask('two', fakePortal(failed('unavailable')));
    const recorded = await Promise.all(
      [open, done].map(({ revocationId }) => world.records.read(revocationId, signal)),
    );
    const headers = recorded.flatMap(({ header }) => header ?? []);
    const byUser = async () => ({ headers, ...(next !== undefined && { next }) });
    const records = { ...world.records, byUser };
    const listed = await listRevocations({ ...world, records }, ALICE, { limit: 9 }, ampleTime());
    expect(listed.revocations).toMatchObject([
      { status: 'IN_PROGRESS', sessions: { found: 1, pending: 1 } },
      { status: 'COMPLETED', sessions: { found: 1, loggedOut: 1 } },
    ]);
    expect(listed.revocations[1]).toEqual(done);
    const keys = ['user', 'revocations', ...(next === undefined ? [] : ['nextCursor'])];
    expect(Object.keys(listed)).toEqual(keys);
  },
);

test.each([
  ['nothing', false, false, 'ALREADY_INVALID'],
  ['the header', true, false, 'ALREADY_INVALID'],
  ['the outcome', false, true, 'LOGGED_OUT'],
  ['both', true, true, 'LOGGED_OUT'],
])(
  'a worker completes the record of a session registered under a fence that has only %s, and it is listed',
  async (_what, hasHeader, hasOutcome, outcome) => {
    const world = { ...fakeWorld(), portal: fakePortal(alreadyInvalid) };
    const [sessionId = ''] = await hold(world, ALICE, 'one');
    const job = someJob({ revocationId: sessionId, sessionId, cause: 'fenced', source: 'sweep' });
    const at = new Date(job.requestedAt);
    if (hasHeader) await world.records.putHeader(headerOf(job, world, 'per-user'), signal);
    if (hasOutcome)
      await world.records.putOutcome(
        sessionId,
        { sessionId, outcome: 'LOGGED_OUT', at, attempts: 1 },
        signal,
      );
    expect(await revokeUser(world, job, ampleTime(), { lastAttempt: false })).toBe('completed');
    const { revocations } = await listRevocations(world, ALICE, { limit: 9 }, ampleTime());
    const count = outcome === 'LOGGED_OUT' ? { loggedOut: 1 } : { alreadyInvalid: 1 };
    expect(revocations).toMatchObject([
      { subject: { sessionId, userId: ALICE }, status: 'COMPLETED', sessions: { found: 1, ...count } },
    ]);
    expect(world.cache.sessions).toEqual([]);
  },
);
