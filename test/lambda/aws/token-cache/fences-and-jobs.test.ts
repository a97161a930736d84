import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { derivedId } from '../../../../lambda/domain/ids.ts';
import type { RevokeEveryoneJob, RevokeUserJob } from '../../../../lambda/domain/job.ts';
import { ALICE, BOB, someJob } from '../../../support/sessions.ts';
import { engines, type Stores, storesOn } from '../../../support/stores.ts';
import { startTables } from '../../../support/tables.ts';

const { signal } = new AbortController();
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
/** A fence until a minute, which a revocation of another minute asked for. */
const fence = (until: number, askedAt = 0) => ({
  until: at(until),
  coveredUntil: at(until),
  askedAt: at(askedAt),
});
const job = (name: string, userId = ALICE): RevokeUserJob =>
  someJob({ userId, revocationId: derivedId('user', name) });
const ofEveryone = (name: string): RevokeEveryoneJob => ({
  kind: 'revoke-everyone',
  revocationId: derivedId('everyone', name),
  source: 'http',
  requestedBy: 'x',
  requestedAt: at(0).toISOString(),
});

const untilIn = async (cache: Stores['cache'], userId: string) => (await cache.fence(userId, signal))?.until;

describe.each(engines)('fences and jobs in the token cache, on $engine', ({ open }) => {
  let stores: Stores;
  let cache: Stores['cache'];

  beforeAll(async () => {
    stores = await open();
    cache = stores.cache;
  }, 60_000);
  afterAll(() => stores.close());

  test('a fence stands until its time, is not shortened, and is moved on', async () => {
    expect(await untilIn(cache, 'f1')).toBeUndefined();
    await cache.raiseFence('f1', fence(10), signal);
    expect(await untilIn(cache, 'f1')).toEqual(at(10));
    await cache.raiseFence('f1', fence(5), signal);
    expect(await untilIn(cache, 'f1')).toEqual(at(10));
    await cache.raiseFence('f1', fence(20), signal);
    expect(await untilIn(cache, 'f1')).toEqual(at(20));
    expect(await untilIn(cache, 'f2')).toBeUndefined();
  });

  test('a fence that is lowered does not stand; only the first call took one down', async () => {
    await cache.raiseFence('f3', fence(10), signal);
    expect(await cache.lowerFence('f3', { at: at(3), isNoted: true }, signal)).toBe(true);
    expect(await untilIn(cache, 'f3')).toBeUndefined();
    expect(await cache.lowerFence('f3', { at: at(4), isNoted: true }, signal)).toBe(false);
  });

  test.each([
    ['there never was one', undefined],
    ['its time is over', fence(2)],
  ])('nothing is taken down where %s', async (name, raised) => {
    if (raised) await cache.raiseFence(name, raised, signal);
    expect(await cache.lowerFence(name, { at: at(3), isNoted: true }, signal)).toBe(false);
    expect(await untilIn(cache, name)).toBeUndefined();
  });

  test.each([
    ['of before the lowering', 2, undefined],
    ['of the moment of the lowering', 3, undefined],
    ['of after the lowering', 4, at(8)],
  ])('a job %s, carried out after it', async (name, askedAt, until) => {
    await cache.raiseFence(name, fence(10, 1), signal);
    await cache.lowerFence(name, { at: at(3), isNoted: true }, signal);
    await cache.raiseFence(name, fence(8, askedAt), signal);
    expect(await untilIn(cache, name)).toEqual(until);
  });

  test('a lowering that comes before its job keeps it from fencing, and a newer job fences for its own time', async () => {
    await cache.lowerFence('f4', { at: at(3), isNoted: true }, signal);
    await cache.raiseFence('f4', fence(90, 2), signal);
    expect(await untilIn(cache, 'f4')).toBeUndefined();
    await cache.raiseFence('f4', fence(9, 4), signal);
    await cache.raiseFence('f4', fence(12, 2), signal);
    expect(await untilIn(cache, 'f4')).toEqual(at(9));
  });

  test('a fence says what it covers, and when it was lowered', async () => {
    const signOut = { until: at(10), coveredUntil: at(1), askedAt: at(1) };
    expect(await cache.loweredAt('f5', signal)).toBeUndefined();
    await cache.raiseFence('f5', signOut, signal);
    expect(await cache.fence('f5', signal)).toMatchObject({ until: at(10), coveredUntil: at(1) });
    expect(await cache.loweredAt('f5', signal)).toBeUndefined();
    await cache.lowerFence('f5', { at: at(3), isNoted: true }, signal);
    expect(await cache.loweredAt('f5', signal)).toEqual(at(3));
    await cache.raiseFence('f5', signOut, signal);
    expect(await cache.loweredAt('f5', signal)).toEqual(at(3));
    expect(await untilIn(cache, 'f5')).toBeUndefined();
    // A job of before the lowering may still come, whatever was asked for since.
    await cache.raiseFence('f5', { ...signOut, askedAt: at(4) }, signal);
    expect(await cache.loweredAt('f5', signal)).toEqual(at(3));
    expect(await untilIn(cache, 'f5')).toEqual(at(10));
  });

  test('a fence that was asked for later than the lowering stays up', async () => {
    await cache.raiseFence('f6', fence(10, 5), signal);
    expect(await cache.lowerFence('f6', { at: at(4), isNoted: true }, signal)).toBe(false);
    expect(await untilIn(cache, 'f6')).toEqual(at(10));
  });

  test('a lowering that is not to be noted leaves nothing where there is no fence', async () => {
    await cache.lowerFence('f7', { at: at(3), isNoted: false }, signal);
    expect(await cache.loweredAt('f7', signal)).toBeUndefined();
    await cache.raiseFence('f7', fence(10, 1), signal);
    expect(await cache.lowerFence('f7', { at: at(4), isNoted: false }, signal)).toBe(true);
  });

  test('a job that is noted as queued stays so when it is begun again, until it is done', async () => {
    const queued = job('queued');
    const isQueued = async () => (await cache.noted('revoke-user', queued.revocationId, signal))?.isQueued;
    await cache.noteQueued(queued, at(0), signal);
    expect(await isQueued()).toBeUndefined();
    await cache.noteBegun(queued, at(0), signal);
    expect(await isQueued()).toBe(false);
    await cache.noteQueued(queued, at(1), signal);
    await cache.noteBegun(queued, at(2), signal);
    expect(await isQueued()).toBe(true);
    await cache.noteDone(queued, signal);
    await cache.noteBegun(queued, at(3), signal);
    expect(await isQueued()).toBe(false);
    await cache.noteDone(queued, signal);
  });

  test('a job is noted until it is done, and found by its kind and id alone', async () => {
    const [mine, everyone] = [job('noted'), ofEveryone('noted')];
    for (const each of [mine, everyone]) await cache.noteBegun(each, at(0), signal);
    expect(await cache.noted('revoke-user', mine.revocationId, signal)).toEqual({
      job: mine,
      isQueued: false,
    });
    expect(await cache.noted('revoke-everyone', everyone.revocationId, signal)).toEqual({
      job: everyone,
      isQueued: false,
    });
    expect(await cache.noted('revoke-everyone', mine.revocationId, signal)).toBeUndefined();
    expect(await cache.noted('revoke-user', everyone.revocationId, signal)).toBeUndefined();
    expect(await cache.noted('revoke-user', derivedId('user', 'another'), signal)).toBeUndefined();
    for (const each of [mine, mine, everyone]) await cache.noteDone(each, signal);
    expect(await cache.noted('revoke-user', mine.revocationId, signal)).toBeUndefined();
    expect(await cache.noted('revoke-everyone', everyone.revocationId, signal)).toBeUndefined();
  });

  test('whatever is begun and not done is found, however many, a continuation in place of its job', async () => {
    const many = Array.from({ length: 120 }, (_, n) => job(`many ${n}`, n % 2 ? ALICE : BOB));
    const [done, everyone] = [job('done'), ofEveryone('begun')];
    for (const each of [...many, done, everyone]) await cache.noteBegun(each, at(0), signal);
    await cache.noteBegun({ ...everyone, cursor: 'further' }, at(1), signal);
    await cache.noteDone(done, signal);
    const { jobs, unreadable } = await cache.begun(signal);
    const sorted = (all: typeof jobs) =>
      all.toSorted((a, b) => (a.job.revocationId < b.job.revocationId ? -1 : 1));
    const expected = many.map((each) => ({ job: each, at: at(0) }));
    const further = { job: { ...everyone, cursor: 'further' }, at: at(1) };
    expect(sorted(jobs)).toEqual(sorted([...expected, further]));
    expect(unreadable).toBe(0);
  });
});

describe('in DynamoDB only', () => {
  const cause = 'signed-out' as const;
  const { cause: _, ...asked } = someJob({ revocationId: 'r'.repeat(43) });
  const notes: [partition: string, text: string][] = [
    ['#JOBS', JSON.stringify({ ...asked, deleted: false })],
    ['#JOBS', JSON.stringify({ ...asked, deleted: true, removed: true })],
    ['#JOBS', JSON.stringify({ ...asked, deleted: false, removed: true })],
    ['#JOBS', '{"kind":"something else"}'],
    ['#JOBS', 'no JSON'],
    // Whoever may write to one partition only does not come by it to the other kind of job.
    ['#EVERYONE', JSON.stringify({ ...asked, cause: 'deleted' })],
    ['#JOBS', JSON.stringify(ofEveryone('out of place'))],
  ];

  async function withNotes() {
    const tables = await startTables();
    for (const [n, [userId, text]] of notes.entries()) {
      const row = { userId, sessionId: `note-${n}`, job: text, begunAt: at(0).toISOString() };
      await tables.client.send(new PutItemCommand({ TableName: tables.tokenCache, Item: marshall(row) }));
    }
    return { ...storesOn(tables), close: () => tables.close() };
  }

  test('notes that cannot be understood, or stand where their kind does not, are counted; old ones are read', async () => {
    const { cache, close } = await withNotes();
    const { jobs, unreadable } = await cache.begun(signal);
    await close();
    expect(jobs.map((begun) => begun.job)).toEqual([
      { ...asked, cause },
      { ...asked, cause: 'deleted' },
      { ...asked, cause: 'removed' },
    ]);
    expect(unreadable).toBe(4);
  });

  test('a single note is read by the same rules', async () => {
    const { cache, close } = await withNotes();
    const read = (kind: 'revoke-user' | 'revoke-everyone', n: number) =>
      cache.noted(kind, `note-${n}`, signal);
    const found = [
      await read('revoke-user', 0),
      await read('revoke-user', 3),
      await read('revoke-everyone', 5),
      await read('revoke-user', 6),
    ];
    await close();
    expect(found).toEqual([{ job: { ...asked, cause }, isQueued: false }, undefined, undefined, undefined]);
  });

  test('a fence is a row of a partition that no user has, and a part of a second does not shorten it', async () => {
    const tables = await startTables();
    const { cache } = storesOn(tables);
    const until = new Date(at(10).getTime() + 1);
    await cache.raiseFence(ALICE, { until, coveredUntil: until, askedAt: at(0) }, signal);
    expect(await untilIn(cache, ALICE)).toEqual(until);
    const [row, ...others] = await tables.dump();
    await tables.close();
    expect(others).toEqual([]);
    const key = `#FENCE#${ALICE}`;
    // A removal of before a lowering could come for an hour.
    expect(row).toMatchObject({ userId: key, sessionId: key, expiresAt: at(60).getTime() / 1000 });
  });
});
