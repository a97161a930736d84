import { processReport } from '../../../../lambda/domain/detect/process-report.ts';
import { DomainError } from '../../../../lambda/domain/errors.ts';
import { derivedId } from '../../../../lambda/domain/ids.ts';
import type { Job, RevokeEveryoneJob } from '../../../../lambda/domain/job.ts';
import type { Report } from '../../../../lambda/domain/report.ts';
import { revokeUser } from '../../../../lambda/domain/revoke/revoke-user.ts';
import { fakeDenying } from '../../../support/fake-deny-list.ts';
import {
  ampleTime,
  fakeDirectory,
  fakeQueue,
  fakeWorld,
  storeUnavailable,
  type World,
} from '../../../support/fakes.ts';
import { ALICE, BOB, hold, someJob } from '../../../support/sessions.ts';

const { signal } = new AbortController();
const hour = (n: number) => new Date(Date.UTC(2026, 0, 1, n));
const NOW = hour(12);
const at = NOW.toISOString();

function given(overrides: Partial<World> = {}) {
  const world: World = { ...fakeWorld(), clock: () => NOW, ...overrides };
  return { ...world, queues: { removals: fakeQueue(), bulk: fakeQueue() } };
}
type Given = ReturnType<typeof given>;

const process = (world: Given, report: Report) => processReport(world, JSON.stringify(report), ampleTime());
const queued = ({ queues }: Given): Job[] => [...queues.removals.jobs, ...queues.bulk.jobs];

async function expectIgnored(world: Given, report: Report): Promise<void> {
  expect(await process(world, report)).toEqual({ kind: 'ignored', why: expect.any(String) });
  expect(queued(world)).toEqual([]);
}

describe('a report that a user is gone', () => {
  const report: Report = { kind: 'gone', userId: ALICE, at };

  test.each([
    ['deleted', {}, 'deleted'],
    ['disabled', { [ALICE]: 'disabled' }, 'disabled'],
  ] as const)('is confirmed if the directory says: %s', async (status, users, cause) => {
    const world = given({ directory: fakeDirectory(users) });
    await hold(world, ALICE, 'one');
    const revocationId = derivedId('user', 'sweep', ALICE, at);
    expect(await process(world, report)).toEqual({ kind: 'confirmed', revocationId, what: 'gone' });
    expect(world.queues.removals.jobs).toEqual([
      {
        ...{ kind: 'revoke-user', revocationId, source: 'sweep', requestedBy: 'sweep', requestedAt: at },
        ...{ userId: ALICE, cause, reason: `the identity store says: ${status}` },
      },
    ]);
    expect(world.queues.bulk.jobs).toEqual([]);
  });

  test.each<[string, Partial<World>, string]>([
    [
      'the directory says that the user may sign in',
      { directory: fakeDirectory({ [ALICE]: 'enabled' }) },
      ALICE,
    ],
    ['there is no directory to ask', { directory: undefined }, ALICE],
    ['no session of the user is held: an invented id is nobody to deny', {}, BOB],
  ])('is not confirmed if %s', async (_name, overrides, holder) => {
    const world = given(overrides);
    await hold(world, holder, 'one');
    await expectIgnored(world, report);
  });

  test.each([
    ['none of them', [false, false, undefined], 'unknown-user'],
    ['the last of them', [undefined, undefined, true], 'deleted'],
    ['the first of them', [true, undefined, undefined], 'deleted'],
  ])(
    'of a deleted user is a removal only if one of the sessions was confirmed (%s)',
    async (_name, confirmed, cause) => {
      const world = given();
      await hold(world, ALICE, 'one', 'two', 'three');
      const byId = world.cache.sessions.toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
      for (const [n, session] of byId.entries()) {
        delete session.confirmed;
        const isConfirmed = confirmed[n];
        if (isConfirmed !== undefined) session.confirmed = isConfirmed;
      }
      await process(world, report);
      expect(queued(world)).toMatchObject([{ userId: ALICE, cause }]);
    },
  );

  test('reads as many sessions as a user may hold, and no more', async () => {
    const world = given();
    const list = jest.fn(world.tokenCache.list);
    await process({ ...world, tokenCache: { ...world.tokenCache, list } }, report);
    expect(list).toHaveBeenCalledWith(ALICE, { limit: 1_000 }, expect.anything());
  });

  test('of a disabled user is a removal, whether sessions are confirmed or not, because the directory knows the id', async () => {
    const world = given({ directory: fakeDirectory({ [ALICE]: 'disabled' }) });
    await hold(world, ALICE, 'one');
    for (const session of world.cache.sessions) session.confirmed = false;
    await process(world, report);
    expect(queued(world)).toMatchObject([{ cause: 'disabled' }]);
  });

  test('is the same revocation if it is delivered again, and another one if another sweep sends it', async () => {
    const world = given();
    await hold(world, ALICE, 'one');
    for (const each of [report, report, { ...report, at: hour(13).toISOString() }])
      await process(world, each);
    const [first, again, other] = queued(world).map(({ revocationId }) => revocationId);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('is retried while the directory does not answer', async () => {
    const statusOf = () => Promise.reject(new DomainError('directory-unavailable', 'down'));
    const world = given({ directory: { ...fakeDirectory(), statusOf } });
    await hold(world, ALICE, 'one');
    await expect(process(world, report)).rejects.toMatchObject({ code: 'directory-unavailable' });
  });
});

describe('a report that a session was registered under a fence', () => {
  const enabled = fakeDirectory({ [ALICE]: 'enabled' });
  const fence = (until: Date) => ({ until, coveredUntil: until, askedAt: hour(9) });

  async function registered(hourOf: number, overrides: Partial<World> = {}) {
    const world = given({ directory: enabled, ...overrides });
    const [sessionId = ''] = await hold(world, ALICE, 'one', 'another');
    for (const session of world.cache.sessions) session.registeredAt = hour(hourOf);
    return { world, report: { kind: 'fenced', userId: ALICE, sessionId } satisfies Report };
  }

  test('is confirmed by the fence, and ends that session alone', async () => {
    const { world, report } = await registered(10);
    await world.cache.raiseFence(ALICE, fence(hour(11)), signal);
    // The id is the one that the function which registered the session uses.
    const revocationId = report.sessionId;
    for (const _delivery of [1, 2]) {
      expect(await process(world, report)).toEqual({ kind: 'confirmed', revocationId, what: 'fenced' });
    }
    const job = {
      ...{ kind: 'revoke-user', revocationId, source: 'sweep', requestedBy: 'fence', requestedAt: at },
      ...{
        userId: ALICE,
        sessionId: report.sessionId,
        cause: 'fenced',
        reason: 'signed in while being revoked',
      },
    };
    expect(world.queues.removals.jobs).toEqual([job, job]);
  });

  test.each([
    ['disabled', { [ALICE]: 'disabled' }],
    ['deleted', {}],
  ] as const)(
    'is confirmed without a fence if the directory says that the user is %s',
    async (_name, users) => {
      const { world, report } = await registered(10, { directory: fakeDirectory(users) });
      expect(await process(world, report)).toMatchObject({ kind: 'confirmed' });
    },
  );

  test.each<[string, (world: Given) => Promise<unknown>]>([
    ['no fence stands', async () => {}],
    [
      'the session is from after the fence',
      (world) => world.cache.raiseFence(ALICE, fence(hour(10)), signal),
    ],
    [
      'the fence was lowered',
      async (world) => {
        await world.cache.raiseFence(ALICE, fence(hour(11)), signal);
        await world.cache.lowerFence(ALICE, { at: hour(10), isNoted: true }, signal);
      },
    ],
    ['only another user is fenced', (world) => world.cache.raiseFence(BOB, fence(hour(11)), signal)],
  ])('is ignored if %s', async (_name, prepare) => {
    const { world, report } = await registered(10);
    await prepare(world);
    await expectIgnored(world, report);
  });

  test('is ignored without a directory, if no fence confirms it', async () => {
    const { world, report } = await registered(10, { directory: undefined });
    await expectIgnored(world, report);
    await world.cache.raiseFence(ALICE, fence(hour(11)), signal);
    expect(await process(world, report)).toMatchObject({ kind: 'confirmed' });
  });

  test("of another user's session, or of one that is no longer held, is ignored", async () => {
    const { world, report } = await registered(10);
    for (const userId of [ALICE, BOB]) await world.cache.raiseFence(userId, fence(hour(11)), signal);
    await expectIgnored(world, { ...report, userId: BOB });
    await expectIgnored(world, { ...report, sessionId: 's'.repeat(43) });
  });

  test('completes the record of a session that was ended and only half recorded, held or not', async () => {
    const { world, report } = await registered(10);
    const { sessionId } = report;
    await world.cache.forgetAll(world.cache.sessions.slice(), signal);
    await expectIgnored(world, report);
    const outcome = { sessionId, outcome: 'LOGGED_OUT', at: hour(10), attempts: 1 } as const;
    await world.records.putOutcome(sessionId, outcome, signal);
    expect(await process(world, report)).toMatchObject({ kind: 'confirmed', revocationId: sessionId });
    const [job] = world.queues.removals.jobs.splice(0);
    if (job?.kind !== 'revoke-user') throw new Error('No user is revoked.');
    await revokeUser(world, job, ampleTime(), { lastAttempt: false });
    expect((await world.records.read(sessionId, signal)).header).toMatchObject({ denial: 'per-user' });
    await expectIgnored(world, report);
  });
});

describe('a report that a revocation is stuck', () => {
  const job = someJob({ cause: 'deleted' });
  const ofEveryone: RevokeEveryoneJob = {
    ...{ kind: 'revoke-everyone', revocationId: derivedId('everyone', 'x') },
    ...{ source: 'http', requestedBy: 'x', requestedAt: at, cursor: 'further' },
  };
  const ofOne = someJob({ revocationId: derivedId('user', 'share'), everyoneId: ofEveryone.revocationId });

  test.each([
    ['a user', job, 'user', 'removals'],
    ['a user, as a part of everyone', ofOne, 'user', 'bulk'],
    ['everyone', ofEveryone, 'everyone', 'bulk'],
  ] as const)('queues the noted job of %s', async (_name, noted, of, queue) => {
    const world = given();
    await world.cache.noteBegun(noted, hour(10), signal);
    const { revocationId } = noted;
    const processed = await process(world, { kind: 'stuck', of, revocationId });
    expect(processed).toEqual({ kind: 'confirmed', revocationId, what: 'stuck' });
    expect(world.queues[queue].jobs).toEqual([noted]);
    expect(queued(world)).toHaveLength(1);
  });

  test.each([
    ['is done', 'user', job.revocationId, true],
    ['never was', 'user', derivedId('user', 'never'), false],
    ['is of another kind', 'everyone', job.revocationId, false],
  ] as const)('is ignored if it %s', async (_name, of, revocationId, isDone) => {
    const world = given();
    await world.cache.noteBegun(job, hour(10), signal);
    if (isDone) await world.cache.noteDone(job, signal);
    await expectIgnored(world, { kind: 'stuck', of, revocationId });
  });

  test('is retried while the notes cannot be read', async () => {
    const world = given();
    const tokenCache = { ...world.tokenCache, noted: () => Promise.reject(storeUnavailable()) };
    const report = { kind: 'stuck', of: 'user', revocationId: job.revocationId } as const;
    await expect(process({ ...world, tokenCache }, report)).rejects.toMatchObject({
      code: 'store-unavailable',
    });
  });
});

test.each<[string, unknown]>([
  ['a job', someJob({ cause: 'deleted' })],
  ['a job with the kind of a report', { ...someJob(), kind: 'gone', userId: 'x' }],
  ['a kind that there is not', { kind: 'removed', userId: ALICE, at }],
  ['a user id that is none', { kind: 'gone', userId: '#JOBS', at }],
  ['a time that is none', { kind: 'gone', userId: ALICE, at: 'now' }],
  ['a session id that is of a user', { kind: 'fenced', userId: ALICE, sessionId: derivedId('user', 'x') }],
  ['a revocation id that is of a key', { kind: 'stuck', of: 'user', revocationId: derivedId('key', 'x') }],
  ['no object', ['gone']],
])('a message that is no report is malformed: %s', async (_name, message) => {
  const world = given();
  const processing = processReport(world, JSON.stringify(message), ampleTime());
  await expect(processing).rejects.toMatchObject({ code: 'message-malformed' });
  expect(queued(world)).toEqual([]);
});

test('a message that is no JSON is malformed', async () => {
  const processing = processReport(given(), '{', ampleTime());
  await expect(processing).rejects.toMatchObject({ code: 'message-malformed' });
});

test('no other field of a report reaches the job', async () => {
  const world = given();
  await hold(world, ALICE, 'one');
  const more = {
    cause: 'removed',
    reason: 'forged',
    requestedBy: 'me',
    everyoneId: derivedId('everyone', 'x'),
  };
  await processReport(world, JSON.stringify({ kind: 'gone', userId: ALICE, at, ...more }), ampleTime());
  const [job] = queued(world);
  expect(job).toMatchObject({ cause: 'deleted', requestedBy: 'sweep' });
  expect(job).not.toHaveProperty('everyoneId');
});

describe('a report that a user is back', () => {
  const report: Report = { kind: 'back', userId: ALICE };
  const denied = {
    userId: ALICE,
    revocationId: 'r1',
    cause: 'disabled',
    askedAt: hour(9),
    until: hour(23),
  } as const;

  async function denying(status: 'enabled' | 'disabled' | undefined) {
    const lifting = fakeDenying();
    const world = given({ directory: fakeDirectory(status ? { [ALICE]: status } : {}), lifting });
    await lifting.list.enter(denied, signal);
    const lifted = async () => (await lifting.list.entriesOf(ALICE, signal))[0]?.lifted?.by;
    return { world, lifted, lifting };
  }

  test('is confirmed if the directory says so', async () => {
    const { world, lifted, lifting } = await denying('enabled');
    expect(await process(world, report)).toMatchObject({ kind: 'lifted', denials: 1 });
    expect(await lifted()).toMatch(/^sweep/);
    // The reconciler has processed the entry.
    const [entry] = await lifting.list.entriesOf(ALICE, signal);
    if (entry) await lifting.list.settle(entry, { settled: 'lifted' }, signal);
    await expectIgnored(world, report);
  });

  test.each(['disabled', undefined] as const)('is not confirmed if the directory says %s', async (status) => {
    const { world, lifted } = await denying(status);
    await expectIgnored(world, report);
    await expectIgnored({ ...world, directory: undefined }, report);
    expect(await lifted()).toBeUndefined();
  });
});
