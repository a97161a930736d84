import { dynamoRevocationRecords } from '../../../../lambda/aws/records/records.ts';
import { derivedId } from '../../../../lambda/domain/ids.ts';
import type { KeyClaim } from '../../../../lambda/domain/stores.ts';
import { engines, type Stores } from '../../../support/stores.ts';
import { startTables } from '../../../support/tables.ts';

const { signal } = new AbortController();
const claim = (hour: number, more: Partial<KeyClaim> = {}): KeyClaim => ({
  revocationId: derivedId('user', `of hour ${hour}`),
  userId: 'u1',
  request: 'a digest',
  at: new Date(Date.UTC(2026, 0, 1, hour, 0, 0, 123)),
  ...more,
});

describe.each(engines)('idempotency keys, on $engine', ({ open }) => {
  let stores: Stores;

  beforeAll(async () => {
    stores = await open();
  }, 60_000);
  afterAll(() => stores.close());

  const claimed = (keyId: string, own: KeyClaim) => {
    const aDayBefore = new Date(own.at.getTime() - 24 * 3_600_000);
    return stores.records.claimKey(keyId, own, aDayBefore, signal);
  };

  test('a key belongs to its first claim until that is a day old', async () => {
    const keyId = derivedId('key', 'a role', 'k');
    expect(await stores.records.keyClaim(keyId, signal)).toBeUndefined();
    expect(await claimed(keyId, claim(0))).toEqual(claim(0));
    expect(await claimed(keyId, claim(23, { request: 'another' }))).toEqual(claim(0));
    expect(await stores.records.keyClaim(keyId, signal)).toEqual(claim(0));
    expect(await claimed(keyId, claim(24))).toEqual(claim(24));
    expect(await stores.records.keyClaim(keyId, signal)).toEqual(claim(24));
  });

  test('of parallel claims one is stored, and all get it as the answer', async () => {
    const keyId = derivedId('key', 'a role', 'at once');
    const tries = [1, 2, 3, 4].map((n) => claim(0, { revocationId: derivedId('user', String(n)) }));
    const [stands, ...others] = await Promise.all(tries.map((each) => claimed(keyId, each)));
    for (const other of others) expect(other).toEqual(stands);
    expect(await stores.records.keyClaim(keyId, signal)).toEqual(stands);
  });

  test('a claim without a user is read back, and does not claim the key of another role', async () => {
    const keyId = derivedId('key', 'a role', 'everyone');
    const { userId: _, ...everyone } = claim(0);
    await claimed(keyId, everyone);
    expect(await stores.records.keyClaim(keyId, signal)).toEqual(everyone);
    const ofAnother = derivedId('key', 'another role', 'everyone');
    expect(await stores.records.keyClaim(ofAnother, signal)).toBeUndefined();
  });
});

test('in DynamoDB, a key is not in the index by user, and expires like records', async () => {
  const tables = await startTables();
  const records = dynamoRevocationRecords(tables.client, tables.revocations, 400);
  const keyId = derivedId('key', 'a role', 'k');
  await records.claimKey(keyId, claim(0, { userId: 'u9' }), new Date(0), signal);
  const { headers } = await records.byUser('u9', { limit: 9 }, signal);
  const rows = await tables.dump();
  await tables.close();
  expect(headers).toEqual([]);
  const expiresAt = Math.floor(claim(0).at.getTime() / 1000) + 400 * 86_400;
  expect(rows).toMatchObject([{ revocationId: keyId, entry: 'KEY', claimedUserId: 'u9', expiresAt }]);
  expect(rows[0]).not.toHaveProperty('userId');
});
