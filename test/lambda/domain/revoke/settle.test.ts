import { describeRevocation } from '../../../../lambda/domain/record/describe-revocation.ts';
import type { SessionOutcome } from '../../../../lambda/domain/revocation.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { settleAll } from '../../../../lambda/domain/revoke/settle.ts';
import { ampleTime, failed, fakePortal, fakeWorld, type World } from '../../../support/fakes.ts';
import { ALICE, hold, someJob } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const firstTime = { lastAttempt: false };
const job = someJob();
const other = someJob({ revocationId: `user.${'o'.repeat(43)}` });
const sessionId = 's'.repeat(43);
const now = new Date('2026-01-01T00:00:00Z');
const heldUntil = new Date('2026-01-01T08:00:00Z');
const pending: SessionOutcome = {
  sessionId,
  outcome: 'PENDING',
  at: now,
  attempts: 3,
  error: 'Fake',
  heldUntil,
};
const ended = (outcome: 'LOGGED_OUT' | 'ALREADY_INVALID'): SessionOutcome => ({
  ...{ sessionId, outcome, at: now, attempts: 2 },
});

/** A world in which this revocation has a session that is no longer held and is recorded as not ended. */
async function given(outcome = pending, clock = () => now): Promise<World> {
  const world = { ...fakeWorld(), clock };
  await world.records.putOutcome(job.revocationId, outcome, signal);
  return world;
}

async function headerOf({ records }: World, { revocationId, requestedAt }: typeof job) {
  const asked = { revocationId, subject: { userId: ALICE }, source: 'http', requestedBy: 'x' } as const;
  const lifetimes = { portalSessionSeconds: 30, maxRoleSessionSeconds: 60 };
  const header = { ...asked, ...lifetimes, requestedAt: new Date(requestedAt), denial: 'asked' } as const;
  await records.putHeader(header, signal);
}

const settle = ({ records, clock }: World, lastAttempt = false) =>
  settleAll({ records, clock }, job, { lastAttempt }, signal);

test.each(['LOGGED_OUT', 'ALREADY_INVALID'] as const)(
  'a session that another revocation of the user recorded as %s is ALREADY_INVALID, with the attempts of both',
  async (outcome) => {
    const world = await given();
    await headerOf(world, other);
    await world.records.putOutcome(other.revocationId, ended(outcome), signal);
    const settled = { sessionId, outcome: 'ALREADY_INVALID', at: now, attempts: 5 };
    expect(await settle(world)).toEqual([settled]);
    expect((await world.records.read(job.revocationId, signal)).outcomes).toEqual([settled]);
  },
);

test('so is a session whose own revocation ended it, even if the index by user does not have it yet', async () => {
  const world = await given({ ...pending, attempts: 0 });
  await world.records.putOutcome(sessionId, ended('LOGGED_OUT'), signal);
  expect(await settle(world)).toMatchObject([{ outcome: 'ALREADY_INVALID', attempts: 2 }]);
});

test.each(['PENDING', 'FAILED'] as const)(
  'a session that another revocation recorded as %s is not settled by that',
  async (outcome) => {
    const world = await given();
    await headerOf(world, other);
    await world.records.putOutcome(other.revocationId, { ...pending, outcome }, signal);
    expect(await settle(world)).toBeUndefined();
  },
);

const gone = { sessionId, outcome: 'FAILED', attempts: 3, error: 'NoLongerHeld' };

test.each([
  [
    'while it might be held: the record of who ended it may not be found yet',
    new Date(heldUntil.getTime() - 1),
    false,
    undefined,
  ],
  ['at the last attempt', now, true, [gone]],
  ['once it would be expired', heldUntil, false, [gone]],
])('a session that no revocation recorded as ended, %s', async (_name, at, lastAttempt, expected) => {
  const world = await given(pending, () => at);
  const settled = await settle(world, lastAttempt);
  if (expected) expect(settled).toMatchObject(expected);
  else expect(settled).toBeUndefined();
  const { outcomes } = await world.records.read(job.revocationId, signal);
  expect(outcomes).toMatchObject(expected ?? [pending]);
  if (expected) expect(outcomes[0]).not.toHaveProperty('heldUntil');
});

test('ended and finally rejected sessions are not looked up and stay unchanged', async () => {
  const rejected: SessionOutcome = { sessionId: 'r', outcome: 'FAILED', at: now, attempts: 1, error: 'Fake' };
  const world = await given(rejected);
  await world.records.putOutcome(job.revocationId, ended('LOGGED_OUT'), signal);
  const records = { ...world.records, byUser: () => Promise.reject(new Error('looked up')) };
  expect(await settle({ ...world, records })).toEqual([rejected, ended('LOGGED_OUT')]);
});

test('each of several sessions is settled by itself, but none while the lookup may still find one; ended ones stay', async () => {
  const world = await given();
  const lost = { ...pending, sessionId: 't'.repeat(43) };
  const done = { ...ended('LOGGED_OUT'), sessionId: 'd'.repeat(43) };
  for (const each of [lost, done]) await world.records.putOutcome(job.revocationId, each, signal);
  await world.records.putOutcome(sessionId, ended('LOGGED_OUT'), signal);
  expect(await settle(world)).toBeUndefined();
  const outcomes = await settle(world, true);
  const settled = { sessionId, outcome: 'ALREADY_INVALID', at: now, attempts: 5 };
  expect(outcomes).toEqual([done, settled, { ...gone, sessionId: lost.sessionId, at: now }]);
  expect((await world.records.read(job.revocationId, signal)).outcomes).toEqual(outcomes);
});

test('only the latest of many revocations of the user are read', async () => {
  const world = await given();
  const byUser = jest.fn(world.records.byUser);
  await settle({ ...world, records: { ...world.records, byUser } });
  expect(byUser).toHaveBeenCalledWith(ALICE, { limit: 25 }, signal);
});

describe('a retried revocation whose session is no longer held', () => {
  async function afterOutage() {
    const world = fakeWorld();
    const [id = ''] = await hold(world, ALICE, 'one');
    const down = { ...world, portal: fakePortal(failed('unavailable')) };
    expect(await revokeUser(down, job, ampleTime(), firstTime)).toBe('not-ended');
    return { world, id };
  }
  const described = async ({ records }: World) => {
    const { header, ...rest } = await records.read(job.revocationId, signal);
    if (!header) throw new Error('There is no header.');
    return describeRevocation({ ...rest, header }, new Date('2026-01-02T00:00:00Z'));
  };

  test('completes by the outcome of another revocation', async () => {
    const { world } = await afterOutage();
    expect(await revokeUser(world, other, ampleTime(), firstTime)).toBe('completed');
    expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('completed');
    expect(await described(world)).toMatchObject({
      status: 'COMPLETED',
      sessions: { found: 1, alreadyInvalid: 1 },
    });
  });

  test('is retried while none recorded the end, and finally fails, because the session may be alive', async () => {
    const { world, id } = await afterOutage();
    await world.cache.forget({ userId: ALICE, sessionId: id }, signal);
    expect(await revokeUser(world, job, ampleTime(), firstTime)).toBe('not-ended');
    expect(world.cache.notes).toHaveLength(1);
    expect(await revokeUser(world, job, ampleTime(), { lastAttempt: true })).toBe('completed');
    expect(await described(world)).toMatchObject({ status: 'FAILED', sessions: { found: 1, failed: 1 } });
    expect(world.cache.notes).toEqual([]);
  });

  test('fails if the session expired, because it was never ended', async () => {
    const { world, id } = await afterOutage();
    await world.cache.forget({ userId: ALICE, sessionId: id }, signal);
    const later = { ...world, clock: () => new Date('2027-06-01T00:00:00Z') };
    expect(await revokeUser(later, job, ampleTime(), firstTime)).toBe('completed');
    expect(await described(world)).toMatchObject({ status: 'FAILED', sessions: { found: 1, failed: 1 } });
    expect(world.cache.notes).toEqual([]);
  });
});
