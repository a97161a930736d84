import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { dynamoRevocationRecords } from '../../../../lambda/aws/records/records.ts';
import {
  countOf,
  type Outcome,
  type RevocationHeader,
  type SessionOutcome,
  type UserShare,
} from '../../../../lambda/domain/revocation.ts';
import { engines, type Stores } from '../../../support/stores.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

const { signal } = new AbortController();
const header: RevocationHeader = {
  revocationId: 'r1',
  subject: { sessionId: 's1', userId: 'u1' },
  source: 'http',
  requestedBy: 'arn:aws:sts::000000000000:assumed-role/offboarding/x',
  reason: 'left',
  requestedAt: new Date('2026-01-01T00:00:00.123Z'),
  portalSessionSeconds: 28_800,
  maxRoleSessionSeconds: 43_200,
  denial: 'asked',
};
const outcome = (sessionId: string, kind: Outcome, attempts = 1): SessionOutcome => ({
  sessionId,
  outcome: kind,
  at: new Date('2026-01-01T00:00:01.456Z'),
  attempts,
  ...(kind === 'FAILED' && { error: 'TimeoutError' }),
});

describe.each(engines)('the revocation records, on $engine', ({ open }) => {
  let stores: Stores;

  beforeAll(async () => {
    stores = await open();
  }, 60_000);
  afterAll(() => stores.close());

  test('records are read back as written', async () => {
    expect(await stores.records.putHeader(header, signal)).toEqual(header);
    const outcomes = [outcome('s1', 'LOGGED_OUT'), outcome('s2', 'FAILED', 3)];
    for (const each of outcomes) expect(await stores.records.putOutcome('r1', each, signal)).toEqual(each);
    expect(await stores.records.read('r1', signal)).toEqual({ header, outcomes, users: [], access: [] });
  });

  test('an unknown id has no record', async () => {
    expect(await stores.records.read('unknown', signal)).toEqual({
      header: undefined,
      outcomes: [],
      users: [],
      access: [],
    });
  });

  test('the header of an ended assignment has its user and role, and is found by user', async () => {
    const userId = 'of-an-assignment';
    const assignment = {
      accountId: '111122223333',
      permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-1a2b3c4d5e6f7a8b',
      permissionSetName: 'Admin',
    };
    const own = { ...header, revocationId: 'assignment.1', subject: { userId, assignment } };
    await stores.records.putHeader(own, signal);
    expect((await stores.records.read('assignment.1', signal)).header).toEqual(own);
    expect((await stores.records.byUser(userId, { limit: 10 }, signal)).headers).toEqual([own]);
  });

  test('a header has the time when the removal was carried out', async () => {
    const own = { ...header, revocationId: 'removed', removedAt: new Date('2026-01-01T00:00:07.000Z') };
    await stores.records.putHeader(own, signal);
    expect((await stores.records.read('removed', signal)).header).toEqual(own);
  });

  test('a header that becomes one of a removal keeps the first time', async () => {
    const own = { ...header, revocationId: 'found-out' };
    await stores.records.putHeader(own, signal);
    const removedAt = new Date('2026-01-01T00:00:07.000Z');
    for (const at of [removedAt, new Date('2026-01-01T00:00:09.000Z')])
      await stores.records.noteRemoved('found-out', { at }, signal);
    expect((await stores.records.read('found-out', signal)).header).toEqual({ ...own, removedAt });
    await stores.records.noteRemoved('without-header', { at: removedAt }, signal);
    expect((await stores.records.read('without-header', signal)).header).toBeUndefined();
  });

  test('the first header is kept', async () => {
    const first = { ...header, revocationId: 'r2' };
    await stores.records.putHeader(first, signal);
    const { reason: _, ...other } = { ...first, requestedBy: 'somebody else', requestedAt: new Date(0) };
    expect(await stores.records.putHeader(other, signal)).toEqual(first);
    expect((await stores.records.read('r2', signal)).header).toEqual(first);
  });

  test.each([
    ['PENDING', 'FAILED', 'FAILED'],
    ['PENDING', 'LOGGED_OUT', 'LOGGED_OUT'],
    ['FAILED', 'PENDING', 'FAILED'],
    ['FAILED', 'ALREADY_INVALID', 'ALREADY_INVALID'],
    ['ALREADY_INVALID', 'LOGGED_OUT', 'LOGGED_OUT'],
    ['LOGGED_OUT', 'ALREADY_INVALID', 'LOGGED_OUT'],
    ['LOGGED_OUT', 'PENDING', 'LOGGED_OUT'],
  ] as const)('after %s and then %s, the outcome is %s', async (first, second, stands) => {
    const id = `${first}-${second}`;
    await stores.records.putOutcome(id, outcome('s', first), signal);
    const answered = await stores.records.putOutcome(id, outcome('s', second), signal);
    expect(answered.outcome).toBe(stands);
    expect((await stores.records.read(id, signal)).outcomes).toEqual([outcome('s', stands)]);
  });

  test('if the same outcome is written again, the first is kept', async () => {
    await stores.records.putOutcome('r3', outcome('s', 'LOGGED_OUT', 1), signal);
    expect(await stores.records.putOutcome('r3', outcome('s', 'LOGGED_OUT', 2), signal)).toMatchObject({
      attempts: 1,
    });
  });

  test('of parallel writes one is kept, and all get it as the answer', async () => {
    const tries = [1, 2, 3, 4].map((n) => ({ ...header, revocationId: 'r4', reason: String(n) }));
    const [stands, ...others] = await Promise.all(
      tries.map((each) => stores.records.putHeader(each, signal)),
    );
    for (const other of others) expect(other).toEqual(stands);
  });

  test('outcomes come in the order of their session ids', async () => {
    const ids = ['b', 'Z', '_', '-', '0', 'a'];
    for (const id of ids) await stores.records.putOutcome('r5', outcome(id, 'LOGGED_OUT'), signal);
    const { outcomes } = await stores.records.read('r5', signal);
    expect(outcomes.map(({ sessionId }) => sessionId)).toEqual(['-', '0', 'Z', '_', 'a', 'b']);
  });

  test('a completed header keeps its first completion', async () => {
    const own = { ...header, revocationId: 'r6', subject: { userId: 'u1' } };
    await stores.records.putHeader(own, signal);
    const completion = {
      at: new Date('2026-01-01T00:02:00.000Z'),
      sessions: { ...countOf([]), found: 1, loggedOut: 1 },
    };
    await stores.records.complete('r6', completion, signal);
    await stores.records.complete('r6', { at: new Date(0), sessions: countOf([]) }, signal);
    expect((await stores.records.read('r6', signal)).header).toEqual({ ...own, completion });
  });

  test('a revocation without a header cannot be completed', async () => {
    const completion = { at: new Date(0), sessions: countOf([]) };
    await expect(stores.records.complete('r7', completion, signal)).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    expect((await stores.records.read('r7', signal)).header).toBeUndefined();
  });

  test('outcomes of many sessions are recorded, and none is replaced by a worse one', async () => {
    const many = Array.from({ length: 60 }, (_, n) =>
      outcome(`s${String(n).padStart(2, '0')}`, 'LOGGED_OUT'),
    );
    await stores.records.putOutcomes('r8', many, signal);
    await stores.records.putOutcomes(
      'r8',
      many.map((each) => ({ ...each, outcome: 'ALREADY_INVALID' as const })),
      signal,
    );
    expect((await stores.records.read('r8', signal)).outcomes).toEqual(many);
  });

  test("a user's share of everyone's revocation is replaced until it is done", async () => {
    const share: UserShare = {
      userId: 'u1',
      revocationId: 'own',
      done: false,
      at: new Date(1000),
      sessions: countOf([]),
    };
    const done = { ...share, done: true, sessions: countOf([outcome('s', 'LOGGED_OUT')]) };
    for (const each of [share, done, share]) await stores.records.putUserShare('r9', each, signal);
    expect((await stores.records.read('r9', signal)).users).toEqual([done]);
  });

  test.each([{ userId: 'u1' }, { userName: 'jdoe' }, { everyone: true as const }, { sessionId: 's1' }])(
    'the subject %j is read back',
    async (subject) => {
      const own = { ...header, revocationId: JSON.stringify(subject), subject };
      await stores.records.putHeader(own, signal);
      expect((await stores.records.read(own.revocationId, signal)).header).toEqual(own);
    },
  );

  test('the error of a failed revocation is read back, and is kept', async () => {
    const own = {
      ...header,
      revocationId: 'r10',
      subject: { userName: 'jdoe' },
      denial: 'user-unknown' as const,
      error: 'user-not-found' as const,
    };
    expect(await stores.records.putHeader(own, signal)).toEqual(own);
    expect(await stores.records.putHeader({ ...own, requestedAt: new Date(0) }, signal)).toEqual(own);
    expect(await stores.records.read('r10', signal)).toEqual({
      header: own,
      outcomes: [],
      users: [],
      access: [],
    });
  });
});

describe('in DynamoDB only', () => {
  let tables: Tables;

  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.close());

  test('rows expire after the retention, and outcomes are not in the index by user', async () => {
    const records = dynamoRevocationRecords(tables.client, tables.revocations, 400);
    await records.putHeader(header, signal);
    await records.putOutcome('r1', outcome('s1', 'LOGGED_OUT'), signal);
    const rows = await tables.dump();
    const days = rows.map(({ expiresAt }) =>
      Math.round((Number(expiresAt) - Date.UTC(2026, 0, 1) / 1000) / 86_400),
    );
    expect(days).toEqual([400, 400]);
    expect(rows.filter((row) => 'userId' in row)).toHaveLength(1);
  });

  test("a user's revocations come newest first, one page at a time", async () => {
    const records = dynamoRevocationRecords(tables.client, tables.revocations, 400);
    const subject = { userId: 'u2' };
    for (const minute of [1, 3, 2]) {
      const requestedAt = new Date(Date.UTC(2026, 0, 1, 0, minute));
      await records.putHeader({ ...header, revocationId: `i${minute}`, subject, requestedAt }, signal);
    }
    const first = await records.byUser('u2', { limit: 2 }, signal);
    const second = await records.byUser('u2', { limit: 2, cursor: first.next }, signal);
    const ids = [first, second].map(({ headers }) => headers.map(({ revocationId }) => revocationId));
    expect(ids).toEqual([['i3', 'i2'], ['i1']]);
    expect(second.next).toBeUndefined();
    for (const cursor of ['x', Buffer.from('{"userId":"u1"}').toString('base64url'), first.next]) {
      const asked = records.byUser(cursor === first.next ? 'u1' : 'u2', { limit: 2, cursor }, signal);
      await expect(asked).rejects.toMatchObject({ code: 'cursor-invalid' });
    }
  });

  test('a revocation without a user is not in the index by user', async () => {
    const records = dynamoRevocationRecords(tables.client, tables.revocations, 400);
    await records.putHeader({ ...header, revocationId: 'nobody', subject: { userName: 'jdoe' } }, signal);
    const row = (await tables.dump()).find(({ revocationId }) => revocationId === 'nobody');
    expect(row).toMatchObject({ userName: 'jdoe', entry: 'REVOCATION' });
    expect(row).not.toHaveProperty('userId');
  });

  test('a header can be read from before the deny list and the portal session were stored', async () => {
    const row = {
      ...header,
      ...header.subject,
      entry: 'REVOCATION',
      requestedAt: '2026-01-01T00:00:00.000Z',
    };
    const { denial: _, portalSessionSeconds: __, subject: ___, ...old } = { ...row, revocationId: 'old' };
    await tables.client.send(new PutItemCommand({ TableName: tables.revocations, Item: marshall(old) }));
    const records = dynamoRevocationRecords(tables.client, tables.revocations, 400);
    expect((await records.read('old', signal)).header).toMatchObject({
      revocationId: 'old',
      denial: 'switched-off',
      // The longest time that AWS allows, so that no session counts as over too early.
      portalSessionSeconds: 90 * 86_400,
    });
  });

  test('if the store fails, the error has nothing of the request', async () => {
    const elsewhere = dynamoRevocationRecords(tables.client, 'no-such-table', 400);
    await expect(elsewhere.read('r1', signal)).rejects.toMatchObject({
      code: 'store-unavailable',
      cause: { name: 'ResourceNotFoundException', status: 400 },
    });
    await expect(elsewhere.putHeader(header, AbortSignal.abort())).rejects.toMatchObject({
      code: 'store-unavailable',
      cause: { name: 'AbortError' },
    });
  });
});
