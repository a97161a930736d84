import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { HeldSession } from '../../../../lambda/domain/session.ts';
import { ALICE, BOB, fenceUntil, someJob } from '../../../support/sessions.ts';
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
  refreshable: false,
  confirmed: true,
  sealed: { ciphertext: new Uint8Array([1, 2, n]), dataKey: new Uint8Array([3]) },
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
    expect(await cache.hold(session, signal)).toBe('new');
    expect(await cache.hold(session, signal)).toBe('known');
    expect(await cache.held(session, signal)).toEqual(session);
    expect(await cache.page('u1', { limit: 9 }, signal)).toEqual([session]);
    const { sealed: _, accessTokenExpiresAt: __, userId: ___, ...metadata } = session;
    expect(await cache.list('u1', { limit: 9 }, signal)).toEqual([metadata]);
    const found = await cache.find(session.sessionId, signal);
    expect(found).toEqual([{ userId: 'u1', sessionId: session.sessionId }]);
    for (const _again of [1, 2]) await cache.forget(session, signal);
    expect(await cache.find(session.sessionId, signal)).toEqual([]);
    expect(await cache.page('u1', { limit: 9 }, signal)).toEqual([]);
  });

  test.each([
    ['with a refresh token stays', true, 'first'],
    ['without one gives way', false, 'second'],
    ['of which that is not known stays: rows of before do not say', undefined, 'first'],
  ] as const)('a copy that is held %s', async (_name, refreshable, stands) => {
    const { refreshable: _, ...rest } = held('u12', 20);
    const first = { ...rest, ...(refreshable !== undefined && { refreshable }) };
    const second = {
      ...held('u12', 20),
      sealed: { ciphertext: new Uint8Array([8]), dataKey: new Uint8Array([8]) },
    };
    await cache.forget(first, signal);
    expect(await cache.hold(first, signal)).toBe('new');
    expect(await cache.hold(second, signal)).toBe('known');
    expect(await cache.held(first, signal)).toEqual(stands === 'first' ? first : second);
  });

  test('a copy that got a refresh token keeps it', async () => {
    const [plain, refreshable] = [held('u13', 1), { ...held('u13', 1), refreshable: true }];
    for (const each of [plain, refreshable, plain]) await cache.hold(each, signal);
    expect(await cache.held(plain, signal)).toEqual(refreshable);
  });

  test('of registrations at once, one is new, and none with a refresh token is lost', async () => {
    const copies = [true, false, true, false].map((refreshable) => ({ ...held('u14', 1), refreshable }));
    const answers = await Promise.all(copies.map((each) => cache.hold(each, signal)));
    expect(answers.toSorted()).toEqual(['known', 'known', 'known', 'new']);
    expect(await cache.held(held('u14', 1), signal)).toMatchObject({ refreshable: true });
  });

  test('a user name is read from a session that has one, kept when the tokens are replaced, and never listed', async () => {
    const named = { ...held('u15', 2), registeredWith: 'icr/1.0.0', userName: 'jdoe' };
    expect(await cache.userNameOf('u15', signal)).toBeUndefined();
    for (const session of [held('u15', 1), named]) await cache.hold(session, signal);
    expect(await cache.userNameOf('u15', signal)).toBe('jdoe');
    await cache.replace(named, signal);
    expect(await cache.held(named, signal)).toEqual(named);
    const listed = await cache.list('u15', { limit: 9 }, signal);
    expect(listed.map(({ registeredWith }) => registeredWith)).toEqual([undefined, 'icr/1.0.0']);
    expect(JSON.stringify(listed)).not.toContain('jdoe');
    expect(await cache.userNameOf('u16', signal)).toBeUndefined();
  });

  test('a session registered for two users is found for both', async () => {
    const sessions = [held('u1', 7), held('u2', 7)];
    for (const session of sessions) await cache.hold(session, signal);
    const found = await cache.find(idOf(7), signal);
    expect(found.map(({ userId }) => userId).sort()).toEqual(['u1', 'u2']);
    await cache.forgetAll(sessions, signal);
  });

  test('a session is replaced where it is held, and not brought back where it is not', async () => {
    const session = held('u11', 1);
    const other = { ...session, sealed: { ciphertext: new Uint8Array([9]), dataKey: new Uint8Array([9]) } };
    await cache.replace(other, signal);
    expect(await cache.held(session, signal)).toBeUndefined();
    await cache.hold(session, signal);
    expect(await cache.held(session, signal)).toEqual(session);
    await cache.replace(other, signal);
    expect(await cache.held(session, signal)).toEqual(other);
  });

  test('a session without a region has none when it is read', async () => {
    const { region: _, ...session } = held('u2', 1);
    await cache.hold(session, signal);
    expect(await cache.page('u2', { limit: 9 }, signal)).toEqual([session]);
  });

  test("a user's sessions are paged by session id, and nothing else is among them", async () => {
    for (const n of [4, 2, 0, 3, 1]) await cache.hold(held(BOB, n), signal);
    await cache.hold(held('u4', 9), signal);
    await cache.raiseFence(BOB, fenceUntil(new Date()), signal);
    await cache.noteBegun(someJob({ userId: BOB }), new Date(), signal);
    const first = await cache.page(BOB, { limit: 3 }, signal);
    const second = await cache.page(BOB, { limit: 3, after: first.at(-1)?.sessionId }, signal);
    expect(ids([...first, ...second])).toEqual([0, 1, 2, 3, 4].map(idOf).sort());
    expect(first).toHaveLength(3);
    expect(ids(await cache.list(BOB, { limit: 9, after: first[0]?.sessionId }, signal))).toHaveLength(4);
  });

  test('a page is full as long as there are sessions, however large they are', async () => {
    // DynamoDB answers 1 MB at once.
    const sealed = { ciphertext: new Uint8Array(60_000), dataKey: new Uint8Array(1) };
    const sessions = Array.from({ length: 40 }, (_, n) => ({ ...held('u7', n), sealed }));
    await Promise.all(sessions.map((session) => cache.hold(session, signal)));
    expect(await cache.list('u7', { limit: 35 }, signal)).toHaveLength(35);
    expect(ids(await cache.page('u7', { limit: 99 }, signal))).toEqual(ids(sessions).sort());
    await cache.forgetAll(sessions, signal);
  });

  test('many sessions are forgotten at once, those of others are not', async () => {
    const sessions = Array.from({ length: 60 }, (_, n) => held('u5', n));
    await Promise.all([...sessions, held('u6', 1)].map((session) => cache.hold(session, signal)));
    await cache.forgetAll(sessions.slice(0, 59), signal);
    await cache.forgetAll([], signal);
    expect(ids(await cache.page('u5', { limit: 99 }, signal))).toEqual([idOf(59)]);
    expect(await cache.page('u6', { limit: 99 }, signal)).toHaveLength(1);
  });

  test('all users with sessions are found, by a scan and by the index, and every fence that was not lowered', async () => {
    const [until, askedAt] = [new Date('2026-01-01T00:05:00.000Z'), new Date('2026-01-01T00:00:00.000Z')];
    for (const userId of [ALICE, BOB])
      await cache.raiseFence(userId, { until, coveredUntil: askedAt, askedAt }, signal);
    await cache.lowerFence(BOB, { at: askedAt, isNoted: true }, signal);
    await cache.noteBegun(someJob({ userId: ALICE }), askedAt, signal);
    for (let n = 0; n < 120; n += 1) await cache.hold(held('u9', n), signal);

    const users = new Map<string, number>();
    let cursor: string | undefined;
    do {
      const page = await cache.scan(cursor, signal);
      for (const { userId, registeredAt } of page.users)
        users.set(userId, (users.get(userId) ?? 0) + registeredAt.length);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(users.get('u9')).toBe(120);
    expect([...users.keys()].filter((userId) => userId.startsWith('#') || userId === ALICE)).toEqual([]);

    const { holding, fenced } = await cache.holders(signal);
    expect([...holding].sort()).toEqual([...users.keys()].sort());
    expect([...fenced].sort()).toEqual([ALICE, BOB].sort());
    const fences = await cache.fencesOf([ALICE, BOB, 'nobody'], signal);
    expect(fences).toEqual([{ userId: ALICE, until, coveredUntil: askedAt }]);
  });

  test('fences are read, however many there are', async () => {
    const fence = fenceUntil(new Date('2026-01-01T00:05:00.000Z'));
    const userIds = Array.from({ length: 205 }, (_, n) => `fenced-${n}`);
    await Promise.all(userIds.map((userId) => cache.raiseFence(userId, fence, signal)));
    expect(new Set((await cache.fencesOf(userIds, signal)).map(({ userId }) => userId))).toEqual(
      new Set(userIds),
    );
    expect(await cache.fencesOf([], signal)).toEqual([]);
  });
});

test('in DynamoDB, a row that cannot be understood does not keep the others from being ended', async () => {
  const tables = await startTables();
  const { cache } = storesOn(tables);
  await cache.hold(held('u1', 1), signal);
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

test('in DynamoDB, what other versions kept beside the sessions is neither listed nor scanned', async () => {
  const tables = await startTables();
  const { cache } = storesOn(tables);
  await cache.hold(held('u1', 1), signal);
  for (const sessionId of ['#FENCE', '#JOB#1']) {
    const Item = marshall({ userId: 'u1', sessionId, until: 4_000_000_000 });
    await tables.client.send(new PutItemCommand({ TableName: tables.tokenCache, Item }));
  }
  const { users } = await cache.scan(undefined, signal);
  const holders = await cache.holders(signal);
  const listed = await cache.list('u1', { limit: 9 }, signal);
  await tables.close();
  expect(users).toEqual([{ userId: 'u1', registeredAt: [expect.any(Date)] }]);
  expect(holders).toEqual({ sessions: 1, holding: new Set(['u1']), fenced: new Set() });
  expect(ids(listed)).toEqual([idOf(1)]);
});
