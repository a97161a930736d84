import { dynamoAccessRecords } from '../../../../lambda/aws/records/access-records.ts';
import { dynamoRevocationRecords } from '../../../../lambda/aws/records/records.ts';
import {
  ACCESS_PENDING,
  ACCESS_STATUSES,
  type Access,
  type AccessItem,
  accessOf,
} from '../../../../lambda/domain/access.ts';
import type { RevocationHeader } from '../../../../lambda/domain/revocation.ts';
import { engines, type Stores } from '../../../support/stores.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

const { signal } = new AbortController();
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second, 123));
const headerOf = (revocationId: string, access?: Access): RevocationHeader => ({
  revocationId,
  subject: { userId: 'u1' },
  source: 'event',
  requestedBy: 'x',
  requestedAt: at(0),
  removedAt: at(1),
  portalSessionSeconds: 28_800,
  maxRoleSessionSeconds: 43_200,
  denial: 'asked',
  ...(access && { access }),
});
const run = (second: number) => ({ until: at(second) });
const permissionSetArn = 'arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef';
const assignment: AccessItem = {
  grant: { kind: 'assignment', accountId: '111122223333', permissionSetArn },
  state: 'FOUND',
  at: at(2),
};
const membership: AccessItem = {
  grant: { kind: 'membership', groupId: 'g1', membershipId: 'm1' },
  state: 'LEFT',
  why: 'external-group',
  at: at(3),
};

describe.each(engines)('the records of access, on $engine', ({ open }) => {
  let stores: Stores;

  beforeAll(async () => {
    stores = await open();
  }, 60_000);
  afterAll(() => stores.close());

  const read = (revocationId: string) => stores.records.read(revocationId, signal);
  const accessIn = async (revocationId: string) => (await read(revocationId)).header?.access;
  /** Records a removal with this access. */
  async function recorded(revocationId: string, access: Access | undefined = ACCESS_PENDING) {
    await stores.records.putHeader(headerOf(revocationId, access), signal);
  }
  const begin = (id: string, status: 'IN_PROGRESS' | 'RESTORING', until: number, now: number) =>
    stores.records.beginAccess(id, { ...run(until), status }, at(now), signal);

  test.each(ACCESS_STATUSES)('a header with access that is %s is read back', async (status) => {
    const access = accessOf(status, [assignment, membership], at(9));
    await recorded(`status-${status}`, access);
    expect(await accessIn(`status-${status}`)).toEqual(access);
  });

  test('a header without access has none, and no run can begin for it', async () => {
    await stores.records.putHeader(headerOf('without'), signal);
    for (const status of ['IN_PROGRESS', 'RESTORING'] as const)
      expect(await begin('without', status, 60, 0)).toBe(false);
    await stores.records.endAccess('without', run(60), ACCESS_PENDING, signal);
    expect((await read('without')).header).toEqual(headerOf('without'));
  });

  test('no run can begin without a record, and none is created', async () => {
    for (const status of ['IN_PROGRESS', 'RESTORING'] as const)
      expect(await begin('unknown', status, 60, 0)).toBe(false);
    await stores.records.endAccess('unknown', run(60), ACCESS_PENDING, signal);
    expect(await read('unknown')).toEqual({ header: undefined, outcomes: [], users: [], access: [] });
  });

  test('a run can begin only after the previous one ended', async () => {
    await recorded('one-run');
    expect(await begin('one-run', 'IN_PROGRESS', 60, 0)).toBe(true);
    expect(await accessIn('one-run')).toEqual({ ...ACCESS_PENDING, status: 'IN_PROGRESS' });
    expect(await begin('one-run', 'IN_PROGRESS', 90, 30)).toBe(false);
    expect(await begin('one-run', 'RESTORING', 90, 30)).toBe(false);
    const access = accessOf('FAILED', [assignment, membership]);
    await stores.records.endAccess('one-run', run(60), access, signal);
    expect(await accessIn('one-run')).toEqual(access);
    expect(await begin('one-run', 'IN_PROGRESS', 95, 35)).toBe(true);
  });

  test('a run that died is over when its lease ends, and cannot end the next run', async () => {
    await recorded('died');
    expect(await begin('died', 'IN_PROGRESS', 60, 0)).toBe(true);
    expect(await begin('died', 'IN_PROGRESS', 119, 59)).toBe(false);
    expect(await begin('died', 'IN_PROGRESS', 120, 60)).toBe(true);
    await stores.records.endAccess('died', run(60), accessOf('COMPLETED', [], at(59)), signal);
    expect(await accessIn('died')).toEqual({ ...ACCESS_PENDING, status: 'IN_PROGRESS' });
    expect(await begin('died', 'IN_PROGRESS', 150, 90)).toBe(false);
    const access = accessOf('COMPLETED', [assignment], at(100));
    await stores.records.endAccess('died', run(120), access, signal);
    expect(await accessIn('died')).toEqual(access);
  });

  test('a run that has ended cannot end again', async () => {
    await recorded('ended');
    await begin('ended', 'IN_PROGRESS', 60, 0);
    await stores.records.endAccess('ended', run(60), accessOf('FAILED', []), signal);
    await stores.records.endAccess('ended', run(60), accessOf('COMPLETED', []), signal);
    expect(await accessIn('ended')).toEqual(accessOf('FAILED', []));
  });

  test.each([
    ['RESTORING', false],
    ['RESTORED', false],
    ['PENDING', true],
    ['IN_PROGRESS', true],
    ['COMPLETED', false],
    ['INCOMPLETE', false],
    ['FAILED', true],
    ['STOPPED', false],
  ] as const)('if access is %s, removing it can begin: %s', async (status, expected) => {
    await recorded(`taking-${status}`, { ...ACCESS_PENDING, status });
    expect(await begin(`taking-${status}`, 'IN_PROGRESS', 60, 0)).toBe(expected);
    if (!expected) expect(await accessIn(`taking-${status}`)).toEqual({ ...ACCESS_PENDING, status });
  });

  test('when restoring begins, the time of the removal is deleted and the counts stay', async () => {
    const taken = accessOf('COMPLETED', [{ ...assignment, state: 'REMOVED' }], at(5));
    await recorded('giving', taken);
    expect(await begin('giving', 'RESTORING', 60, 10)).toBe(true);
    const { takenAt: _, ...rest } = taken;
    expect(await accessIn('giving')).toEqual({ ...rest, status: 'RESTORING' });
  });

  test('of runs that begin at the same time, only one does', async () => {
    await recorded('at-once');
    const begun = await Promise.all(
      [61, 62, 63, 64].map((until) => begin('at-once', 'IN_PROGRESS', until, 0)),
    );
    expect(begun.filter(Boolean)).toHaveLength(1);
  });

  test('changes of access leave the rest of the header unchanged', async () => {
    await recorded('rest');
    const completion = {
      at: at(4),
      sessions: { found: 1, loggedOut: 1, alreadyInvalid: 0, pending: 0, failed: 0 },
    };
    await begin('rest', 'IN_PROGRESS', 60, 0);
    await stores.records.complete('rest', completion, signal);
    await stores.records.putDenied('rest', { deniedAt: at(3) }, signal);
    const access = accessOf('COMPLETED', [assignment], at(9));
    await stores.records.endAccess('rest', run(60), access, signal);
    expect((await read('rest')).header).toMatchObject({
      ...headerOf('rest', access),
      completion,
      denied: { deniedAt: at(3) },
    });
  });

  test('writing the header again leaves access unchanged', async () => {
    await recorded('repeated');
    await begin('repeated', 'IN_PROGRESS', 60, 0);
    await recorded('repeated');
    expect(await accessIn('repeated')).toEqual({ ...ACCESS_PENDING, status: 'IN_PROGRESS' });
    expect(await begin('repeated', 'IN_PROGRESS', 90, 30)).toBe(false);
  });

  test('if a sign-out turns out to be a removal, access becomes PENDING, once', async () => {
    const { removedAt: _, ...signedOut } = headerOf('found-out');
    await stores.records.putHeader(signedOut, signal);
    const removed = { at: at(1), access: ACCESS_PENDING };
    await stores.records.noteRemoved('found-out', removed, signal);
    expect((await read('found-out')).header).toEqual(headerOf('found-out', ACCESS_PENDING));
    await begin('found-out', 'IN_PROGRESS', 60, 0);
    await stores.records.noteRemoved('found-out', removed, signal);
    expect(await accessIn('found-out')).toEqual({ ...ACCESS_PENDING, status: 'IN_PROGRESS' });
  });

  test('grants are read back beside the outcomes, in the order of their keys', async () => {
    await recorded('items');
    const other: AccessItem = {
      ...assignment,
      grant: { kind: 'assignment', accountId: '000000000001', permissionSetArn },
      state: 'RESTORED',
    };
    for (const item of [membership, assignment, other])
      await stores.records.putAccessItem('items', item, signal);
    const outcome = { sessionId: 's1', outcome: 'LOGGED_OUT', at: at(2), attempts: 1 } as const;
    await stores.records.putOutcome('items', outcome, signal);
    const { access, outcomes, users } = await read('items');
    expect(access).toEqual([other, assignment, membership]);
    expect([outcomes, users]).toEqual([[outcome], []]);
  });

  test('a grant has one row in all states, also if its membership has a new id', async () => {
    await recorded('one-row');
    await stores.records.putAccessItem('one-row', membership, signal);
    const anew: AccessItem = {
      grant: { kind: 'membership', groupId: 'g1', membershipId: 'm2' },
      state: 'REMOVED',
      at: at(8),
    };
    await stores.records.putAccessItem('one-row', anew, signal);
    expect((await read('one-row')).access).toEqual([anew]);
  });
});

describe('in DynamoDB only', () => {
  let tables: Tables;

  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.close());

  test('a grant expires after the retention, and is not in the index by user', async () => {
    const records = dynamoAccessRecords(tables.client, tables.revocations, 400);
    await records.putAccessItem('user.r1', assignment, signal);
    const [row] = await tables.dump();
    const days = (Number(row?.expiresAt) - at(2).getTime() / 1000) / 86_400;
    expect(Math.round(days)).toBe(400);
    expect(row).not.toHaveProperty('userId');
    const reader = dynamoRevocationRecords(tables.client, tables.revocations, 400);
    expect((await reader.byUser('u1', { limit: 10 }, signal)).headers).toEqual([]);
  });

  test('if the store fails, the error has nothing of the request', async () => {
    const elsewhere = dynamoAccessRecords(tables.client, 'no-such-table', 400);
    const failing = [
      elsewhere.beginAccess('r1', { ...run(60), status: 'IN_PROGRESS' }, at(0), signal),
      elsewhere.endAccess('r1', run(60), ACCESS_PENDING, signal),
      elsewhere.putAccessItem('r1', assignment, signal),
    ];
    for (const call of failing) {
      await expect(call).rejects.toMatchObject({
        code: 'store-unavailable',
        cause: { name: 'ResourceNotFoundException', status: 400 },
      });
    }
  });
});
