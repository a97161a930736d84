import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Job, RevokeUserJob } from '../../../../lambda/domain/job.ts';
import type { HeldSession } from '../../../../lambda/domain/session.ts';
import { ALICE, BOB } from '../../../support/sessions.ts';
import { engines, type Stores, storesOn } from '../../../support/stores.ts';
import { startTables } from '../../../support/tables.ts';

const { signal } = new AbortController();
const idOf = (n: number) => `${'-0Aa_'[n % 5]}${String(n).padStart(42, '0')}`;

const held = (userId: string, n: number): HeldSession => ({
  userId,
  sessionId: idOf(n),
  region: 'eu-west-1',
  registeredAt: new Date('2026-01-01T00:00:00.123Z'),
  accessTokenExpiresAt: new Date('2026-01-01T01:00:00.456Z'),
  expiresAt: new Date('2026-01-01T08:00:00Z'),
  sealed: { ciphertext: new Uint8Array([1, 2, n]), dataKey: new Uint8Array([3]) },
});
const job = (name: string, userId: string): RevokeUserJob => ({
  kind: 'revoke-user',
  revocationId: name.padEnd(43, '-'),
  source: 'event',
  requestedBy: 'an event',
  requestedAt: '2026-01-01T00:00:00.000Z',
  userId,
  cause: 'signed-out',
});
const ids = (sessions: { sessionId: string }[]) => sessions.map(({ sessionId }) => sessionId);

describe.each(engines)('the token cache, on $engine', ({ open }) => {
  let stores: Stores;
  let cache: Stores['cache'];

  beforeAll(async () => {
    stores = await open();
    cache = stores.cache;
  }, 60_000);
  afterAll(() => stores.close());

  test('a session is held, found, listed without its tokens, and forgotten, once or twice', async () => {
    const session = held('u1', 1);
    expect(await cache.put(session, signal)).toBe('new');
    expect(await cache.put(session, signal)).toBe('known');
    expect(await cache.page('u1', { limit: 9 }, signal)).toEqual([session]);
    const { sealed: _, accessTokenExpiresAt: __, userId: ___, ...metadata } = session;
    expect(await cache.list('u1', { limit: 9 }, signal)).toEqual([metadata]);
    const found = await cache.find(session.sessionId, signal);
    expect(found).toEqual([{ userId: 'u1', sessionId: session.sessionId }]);
    for (const _again of [1, 2]) await cache.forget(session, signal);
    expect(await cache.find(session.sessionId, signal)).toEqual([]);
    expect(await cache.page('u1', { limit: 9 }, signal)).toEqual([]);
  });

  test('a session registered for two users is found for both', async () => {
    const sessions = [held('u1', 7), held('u2', 7)];
    for (const session of sessions) await cache.put(session, signal);
    const found = await cache.find(idOf(7), signal);
    expect(found.map(({ userId }) => userId).sort()).toEqual(['u1', 'u2']);
    await cache.forgetAll(sessions, signal);
  });

  test('a session is replaced where it is held, and not brought back where it is not', async () => {
    const session = held('u11', 1);
    const other = { ...session, sealed: { ciphertext: new Uint8Array([9]), dataKey: new Uint8Array([9]) } };
    await cache.replace(other, signal);
    expect(await cache.held(session, signal)).toBeUndefined();
    await cache.put(session, signal);
    expect(await cache.held(session, signal)).toEqual(session);
    await cache.replace(other, signal);
    expect(await cache.held(session, signal)).toEqual(other);
  });

  test('a session without a region has none when it is read', async () => {
    const { region: _, ...session } = held('u2', 1);
    await cache.put(session, signal);
    expect(await cache.page('u2', { limit: 9 }, signal)).toEqual([session]);
  });

  test("a user's sessions are paged by session id, and nothing else is among them", async () => {
    for (const n of [4, 2, 0, 3, 1]) await cache.put(held(BOB, n), signal);
    await cache.put(held('u4', 9), signal);
    await cache.raiseFence(BOB, new Date(), signal);
    await cache.noteBegun(job('r1', BOB), new Date(), signal);
    const first = await cache.page(BOB, { limit: 3 }, signal);
    const second = await cache.page(BOB, { limit: 3, after: first.at(-1)?.sessionId }, signal);
    expect(ids([...first, ...second])).toEqual([0, 1, 2, 3, 4].map(idOf).sort());
    expect(first).toHaveLength(3);
    expect(ids(await cache.list(BOB, { limit: 9, after: first[0]?.sessionId }, signal))).toHaveLength(4);
  });

  test('many sessions are forgotten at once, those of others are not', async () => {
    const sessions = Array.from({ length: 60 }, (_, n) => held('u5', n));
    await Promise.all([...sessions, held('u6', 1)].map((session) => cache.put(session, signal)));
    await cache.forgetAll(sessions.slice(0, 59), signal);
    await cache.forgetAll([], signal);
    expect(ids(await cache.page('u5', { limit: 99 }, signal))).toEqual([idOf(59)]);
    expect(await cache.page('u6', { limit: 99 }, signal)).toHaveLength(1);
  });

  test('a fence stands until its time, and is not shortened', async () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
    expect(await cache.isFenced('u7', at(0), signal)).toBe(false);
    await cache.raiseFence('u7', at(10), signal);
    await cache.raiseFence('u7', at(5), signal);
    expect(await cache.isFenced('u7', at(9), signal)).toBe(true);
    expect(await cache.isFenced('u7', at(10), signal)).toBe(false);
    await cache.raiseFence('u7', at(20), signal);
    expect(await cache.isFenced('u7', at(19), signal)).toBe(true);
  });

  test('a scan sees every user and every job that is not done', async () => {
    const begunAt = new Date('2026-01-01T00:00:00.000Z');
    const [stuck, done] = [job('stuck', ALICE), job('done', ALICE)];
    const everyone: Job = {
      kind: 'revoke-everyone',
      revocationId: 'all'.padEnd(43, '-'),
      source: 'http',
      requestedBy: 'x',
      requestedAt: begunAt.toISOString(),
    };
    await cache.raiseFence(ALICE, new Date('2026-01-01T00:05:00.000Z'), signal);
    for (const each of [stuck, done, everyone]) await cache.noteBegun(each, begunAt, signal);
    await cache.noteDone(done, signal);
    for (let n = 0; n < 120; n += 1) await cache.put(held('u9', n), signal);

    const users = new Map<string, number>();
    const begun: unknown[] = [];
    const fences: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await cache.scan(cursor, signal);
      for (const { userId, sessions } of page.users) users.set(userId, (users.get(userId) ?? 0) + sessions);
      begun.push(...page.begun);
      fences.push(...page.fences.filter(({ userId }) => userId === ALICE));
      for (const { since } of page.users.filter(({ userId }) => userId === 'u9'))
        expect(since).toEqual(held('u9', 0).registeredAt);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(users.get('u9')).toBe(120);
    expect(fences).toEqual([{ userId: ALICE, until: new Date('2026-01-01T00:05:00.000Z') }]);
    expect([...users.keys()].filter((userId) => userId.startsWith('#'))).toEqual([]);
    expect(begun).toEqual(
      expect.arrayContaining([
        { job: stuck, at: begunAt },
        { job: everyone, at: begunAt },
      ]),
    );
    expect(begun).not.toEqual(expect.arrayContaining([expect.objectContaining({ job: done })]));
  });

  test('the sweep finds its place again', async () => {
    expect(await cache.readSweepCursor(signal)).toBeUndefined();
    await cache.writeSweepCursor('here', signal);
    expect(await cache.readSweepCursor(signal)).toBe('here');
    await cache.writeSweepCursor(undefined, signal);
    expect(await cache.readSweepCursor(signal)).toBeUndefined();
  });
});

test('in DynamoDB, a row that cannot be understood does not keep the others from being ended', async () => {
  const tables = await startTables();
  const { cache } = storesOn(tables);
  await cache.put(held('u1', 1), signal);
  const broken = {
    userId: 'u1',
    sessionId: idOf(0),
    registeredAt: '+010000-01-01T00:00:00.000Z',
    region: 'eu-west-1',
  };
  await tables.client.send(new PutItemCommand({ TableName: tables.tokenCache, Item: marshall(broken) }));
  const page = await cache.page('u1', { limit: 9 }, signal);
  await tables.close();
  expect(ids(page)).toEqual([idOf(0), idOf(1)]);
  expect(page[0]?.sealed).toEqual({ ciphertext: new Uint8Array(), dataKey: new Uint8Array() });
});

test('in DynamoDB, a scan counts jobs that cannot be understood, and reads those that say their cause as they did before', async () => {
  const tables = await startTables();
  const { cache } = storesOn(tables);
  const { cause: _, ...asked } = job('old', ALICE);
  const old = [
    { ...asked, deleted: false },
    { ...asked, deleted: true, removed: true },
    { ...asked, deleted: false, removed: true },
  ];
  const notes = [...old.map((each) => JSON.stringify(each)), '{"kind":"something else"}', 'no JSON'];
  for (const [n, text] of notes.entries()) {
    const row = { userId: 'u1', sessionId: `#JOB#${n}`, job: text, begunAt: '2026-01-01T00:00:00.000Z' };
    await tables.client.send(new PutItemCommand({ TableName: tables.tokenCache, Item: marshall(row) }));
  }
  const { begun, unreadable } = await cache.scan(undefined, signal);
  await tables.close();
  expect(begun.map((noted) => noted.job)).toEqual([
    { ...asked, cause: 'signed-out' },
    { ...asked, cause: 'deleted' },
    { ...asked, cause: 'removed' },
  ]);
  expect(unreadable).toBe(2);
});
