import { createHash } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { dynamoDenyList } from '../../../../lambda/aws/role-sessions/deny-list.ts';
import { type AssignedRole, type Denial, EVERYONE } from '../../../../lambda/domain/denial.ts';
import { engines, type Stores } from '../../../support/stores.ts';
import { startTables } from '../../../support/tables.ts';

const { signal } = new AbortController();
const at = (hour: number) => new Date(Date.UTC(2099, 0, 1, hour, 0, 0, 123));
/** Makes the same user id for the same name. */
const idOf = (name: string) => {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-0000-4000-8000-${hex.slice(0, 12)}`;
};
const denial = (name: string, more: Partial<Denial> = {}): Denial => ({
  userId: idOf(name),
  revocationId: 'r1',
  until: at(12),
  ...more,
});
const ROLE: AssignedRole = {
  accountId: '111122223333',
  permissionSetArn: 'arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-1a2b3c4d5e6f7a8b',
  permissionSetName: 'Admin',
};
const lifted = {
  at: at(1),
  by: 'arn:aws:sts::000000000000:assumed-role/operator/x',
  reason: 'the wrong person',
};

describe.each(engines)('the deny list, on $engine', ({ open }) => {
  let stores: Stores;

  beforeAll(async () => {
    stores = await open();
  }, 60_000);
  afterAll(() => stores.close());

  const only = async (name: string) => {
    const [entry, ...others] = await stores.denyList.entriesOf(idOf(name), signal);
    if (!entry || others.length > 0) throw new Error(`${name} has not one entry.`);
    return entry;
  };

  test('an entry is read back, and its cutoff keeps its milliseconds', async () => {
    await stores.denyList.enter(denial('removed'), signal);
    await stores.denyList.enter(denial('signed-out', { issuedBefore: at(0) }), signal);
    expect(await only('removed')).toEqual(denial('removed'));
    expect(await only('signed-out')).toEqual(denial('signed-out', { issuedBefore: at(0) }));
  });

  test('an entry has its caller and time, and loses its cutoff if the sign-out turns out to be a removal', async () => {
    const [askedAt, key] = [at(0), 'told-twice'];
    const signedOut = denial(key, { cause: 'signed-out', askedAt, issuedBefore: askedAt, until: at(12) });
    await stores.denyList.enter(signedOut, signal);
    expect(await only(key)).toEqual(signedOut);
    const removed = denial(key, { cause: 'disabled', askedAt, until: at(20) });
    await stores.denyList.enter(removed, signal);
    expect(await only(key)).toEqual(removed);
    await stores.denyList.enter(signedOut, signal);
    expect(await only(key)).toEqual(removed);
  });

  test('an entry for everyone has the excepted users, and is read beside those of users', async () => {
    const except = [idOf('excepted'), idOf('another')];
    const everyone = denial('', { userId: EVERYONE, revocationId: 'e1', issuedBefore: at(1), except });
    await stores.denyList.enter(everyone, signal);
    await stores.denyList.enter({ ...everyone, except: [], issuedBefore: at(2) }, signal);
    const none = { ...everyone, revocationId: 'e2', except: [] };
    await stores.denyList.enter(none, signal);
    expect(await stores.denyList.entriesOf(EVERYONE, signal)).toEqual([everyone, none]);
    const noted = { settled: 'denied', deniedAt: at(3), deniedIssuedBefore: at(1) } as const;
    await stores.denyList.settle(everyone, noted, signal);
    await stores.denyList.lift(none, lifted, signal);
    expect(await stores.denyList.entriesOf(EVERYONE, signal)).toEqual([
      { ...everyone, ...noted },
      { ...none, lifted },
    ]);
  });

  test('an entry of an ended assignment is read back with its role, and its end moves with its cutoff', async () => {
    const own = denial('ended', {
      cause: 'assignment-ended',
      askedAt: at(0),
      issuedBefore: at(1),
      assignment: ROLE,
    });
    await stores.denyList.enter(own, signal);
    expect(await only('ended')).toEqual(own);
    const later = { ...own, issuedBefore: at(2), until: at(13) };
    await stores.denyList.enter(later, signal);
    await stores.denyList.enter(own, signal);
    expect(await only('ended')).toEqual(later);
  });

  test('each revocation of a user has its own entry', async () => {
    await stores.denyList.enter(denial('twice'), signal);
    await stores.denyList.enter(denial('twice', { revocationId: 'r2', issuedBefore: at(3) }), signal);
    const entries = await stores.denyList.entriesOf(idOf('twice'), signal);
    expect(entries.map(({ revocationId }) => revocationId).sort()).toEqual(['r1', 'r2']);
  });

  test('the end of an entry moves later, never earlier, and a moved entry must be settled again', async () => {
    const [early, late] = [at(12), at(13)].map((until) => denial('moved', { until, issuedBefore: until }));
    if (!early || !late) throw new Error();
    await stores.denyList.enter(early, signal);
    await stores.denyList.settle(await only('moved'), { settled: 'denied', deniedAt: at(1) }, signal);
    await stores.denyList.enter(early, signal);
    expect(await only('moved')).toEqual({ ...early, settled: 'denied', deniedAt: at(1) });
    await stores.denyList.enter(late, signal);
    expect(await only('moved')).toEqual({ ...late, deniedAt: at(1) });
    await stores.denyList.enter(early, signal);
    expect(await only('moved')).toEqual({ ...late, deniedAt: at(1) });
  });

  test('shortening moves the end earlier, never later, and keeps the notes of the entry', async () => {
    const own = denial('shortened', { until: at(13) });
    const { issuedBefore: _, ...key } = own;
    await stores.denyList.enter(own, signal);
    await stores.denyList.settle(await only('shortened'), { settled: 'denied', deniedAt: at(1) }, signal);
    await stores.denyList.shorten({ ...key, until: at(14) }, signal);
    expect((await only('shortened')).until).toEqual(at(13));
    await stores.denyList.shorten({ ...key, until: at(5) }, signal);
    const shortened = await only('shortened');
    expect(shortened).toMatchObject({ ...own, until: at(5), deniedAt: at(1) });
    await stores.denyList.shorten({ ...key, until: at(6) }, signal);
    expect(await only('shortened')).toEqual(shortened);
  });

  test('shortening changes only the entry of that revocation', async () => {
    const both = ['r1', 'r2'].map((revocationId) => denial('one-of-two', { revocationId }));
    for (const each of both) await stores.denyList.enter(each, signal);
    await stores.denyList.shorten({ ...denial('one-of-two'), until: at(5) }, signal);
    const entries = await stores.denyList.entriesOf(idOf('one-of-two'), signal);
    expect(entries.map(({ revocationId, until }) => [revocationId, until]).sort()).toEqual([
      ['r1', at(5)],
      ['r2', at(12)],
    ]);
  });

  test('shortening changes no lifted entry, and creates none', async () => {
    await stores.denyList.enter(denial('let-go'), signal);
    await stores.denyList.lift(await only('let-go'), lifted, signal);
    await stores.denyList.shorten({ ...denial('let-go'), until: at(5) }, signal);
    expect(await only('let-go')).toEqual({ ...denial('let-go'), lifted });
    await stores.denyList.shorten({ ...denial('never-entered'), until: at(5) }, signal);
    expect(await stores.denyList.entriesOf(idOf('never-entered'), signal)).toEqual([]);
  });

  test('a lifted entry stays lifted, by the first who did so, and must be settled', async () => {
    await stores.denyList.enter(denial('lifted'), signal);
    await stores.denyList.settle(await only('lifted'), { settled: 'denied', deniedAt: at(1) }, signal);
    await stores.denyList.lift(await only('lifted'), lifted, signal);
    await stores.denyList.lift(await only('lifted'), { at: at(2), by: 'somebody else' }, signal);
    await stores.denyList.enter(denial('lifted', { until: at(20) }), signal);
    expect(await only('lifted')).toEqual({ ...denial('lifted'), lifted, deniedAt: at(1) });
  });

  test('lifting creates no entry', async () => {
    await stores.denyList.lift(denial('nobody'), lifted, signal);
    expect(await stores.denyList.entriesOf(idOf('nobody'), signal)).toEqual([]);
  });

  test('an entry that changed since it was read is not settled, but its notes are kept', async () => {
    await stores.denyList.enter(denial('changed'), signal);
    const read = await only('changed');
    await stores.denyList.enter(denial('changed', { until: at(13) }), signal);
    await stores.denyList.settle(read, { settled: 'denied', deniedAt: at(1) }, signal);
    const moved = await only('changed');
    expect(moved).toEqual(denial('changed', { until: at(13), ...{ deniedAt: at(1) } }));
    await stores.denyList.lift(moved, lifted, signal);
    await stores.denyList.settle(moved, { settled: 'denied', deniedAt: at(2) }, signal);
    expect(await only('changed')).toEqual({ ...moved, lifted, deniedAt: at(2) });
    const noted = {
      settled: 'lifted',
      deniedAt: at(2),
      letGoAt: at(3),
      deniedIssuedBefore: at(4),
    } as const;
    await stores.denyList.settle(await only('changed'), noted, signal);
    expect(await only('changed')).toEqual({ ...moved, lifted, ...noted });
    await stores.denyList.settle(await only('changed'), { settled: 'no-room' }, signal);
    expect(await only('changed')).toEqual({
      ...denial('changed', { until: at(13) }),
      lifted,
      settled: 'no-room',
    });
  });

  test('the reconciler reads every entry, however many there are', async () => {
    const many = Array.from({ length: 300 }, (_, i) => denial(`many-${i}`, { revocationId: 'r'.repeat(43) }));
    await Promise.all(many.map((each) => stores.denyList.enter(each, signal)));
    const { entries, unreadable } = await stores.denyList.entries(signal);
    const found = entries.filter(({ revocationId }) => revocationId.startsWith('rrr'));
    expect(new Set(found.map(({ userId }) => userId)).size).toBe(300);
    expect(unreadable).toBe(0);
  });

  test('the record of a revocation gets the state of its denial, once it has a header', async () => {
    const times = { deniedAt: at(1), deniedUntil: at(12), deniedIssuedBefore: at(2) };
    const denied = { ...times, notDenied: 'lifted', liftedBy: 'x' } as const;
    expect(await stores.records.putDenied('denied', denied, signal)).toBe(false);
    const header = {
      revocationId: 'denied',
      subject: { userId: 'u' },
      source: 'event',
      requestedBy: 'x',
      requestedAt: at(0),
      portalSessionSeconds: 30,
      maxRoleSessionSeconds: 60,
      denial: 'asked',
    } as const;
    await stores.records.putHeader(header, signal);
    expect(await stores.records.putDenied('denied', denied, signal)).toBe(true);
    expect((await stores.records.read('denied', signal)).header).toEqual({ ...header, denied });
    await stores.records.putDenied('denied', { notDenied: 'no-room' }, signal);
    expect((await stores.records.read('denied', signal)).header?.denied).toEqual({ notDenied: 'no-room' });
    // Writing the header again does not overwrite the denial.
    expect(await stores.records.putHeader(header, signal)).toEqual({
      ...header,
      denied: { notDenied: 'no-room' },
    });
  });
});

test('a row that is unreadable or has no valid user id is counted, and does not hide others', async () => {
  const tables = await startTables();
  const denyList = dynamoDenyList(tables.client, tables.denyList);
  await denyList.enter(denial('fine'), signal);
  await denyList.enter({ ...denial('x'), userId: '"],"Resource":"*"' }, signal);
  const Item = marshall({ userId: idOf('damaged'), revocationId: 'r1', denyUntil: 'never' });
  await tables.client.send(new PutItemCommand({ TableName: tables.denyList, Item }));
  const { entries, unreadable } = await denyList.entries(signal);
  expect(entries.map(({ userId }) => userId)).toEqual([idOf('fine')]);
  expect(unreadable).toBe(2);
  await tables.close();
});

test.each<[string, Record<string, unknown>]>([
  ['has no cutoff: it would deny everybody everything', { issuedBefore: undefined }],
  ['does not say who is excepted', { excepted: undefined }],
  ['excepts what is no user id', { excepted: ['"],"Resource":"*"'] }],
  [
    'excepts more users than a policy has room for',
    { excepted: Array.from({ length: 21 }, (_, n) => idOf(`${n}`)) },
  ],
])('a row for everyone that %s is counted, and denies nobody', async (_name, change) => {
  const tables = await startTables();
  const denyList = dynamoDenyList(tables.client, tables.denyList);
  const row = {
    userId: EVERYONE,
    denyUntil: at(12).toISOString(),
    issuedBefore: at(0).toISOString(),
    excepted: [idOf('excepted')],
  };
  const put = async (revocationId: string, more: object) => {
    const Item = marshall({ ...row, revocationId, ...more }, { removeUndefinedValues: true });
    await tables.client.send(new PutItemCommand({ TableName: tables.denyList, Item }));
  };
  await put('e1', {});
  await put('e2', change);
  const { entries, unreadable } = await denyList.entries(signal);
  expect([entries.map(({ revocationId }) => revocationId), unreadable]).toEqual([['e1'], 1]);
  await tables.close();
});

test.each<[string, object]>([
  ['no role: it would deny the whole user', { issuedBefore: at(0) }],
  ['no cutoff', { assignment: ROLE }],
  ['an account that is none', { issuedBefore: at(0), assignment: { ...ROLE, accountId: '*' } }],
  ['a name with a pattern', { issuedBefore: at(0), assignment: { ...ROLE, permissionSetName: '*' } }],
  [
    'another ARN',
    { issuedBefore: at(0), assignment: { ...ROLE, permissionSetArn: 'arn:aws:iam::1:role/x' } },
  ],
  ['another cause', { issuedBefore: at(0), assignment: ROLE, cause: 'signed-out' }],
])('a row of an ended assignment with %s is unreadable', async (_, more) => {
  const tables = await startTables();
  const denyList = dynamoDenyList(tables.client, tables.denyList);
  await denyList.enter(denial('odd', { cause: 'assignment-ended', ...more }), signal);
  expect(await denyList.entries(signal)).toEqual({ entries: [], unreadable: 1 });
  await tables.close();
});
