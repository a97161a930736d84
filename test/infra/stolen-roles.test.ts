import { LISTED_ATTRIBUTES } from '../../lambda/aws/token-cache/rows.ts';
import type { Context } from '../../local/permissions/call-need.ts';
import { permissionsOf } from '../support/permissions.ts';
import { functionId } from '../support/running-stack.ts';
import { assembly } from '../support/synth.ts';

// A thief with the role of a function makes other calls than our code does.

const permissions = permissionsOf(assembly);
const USER = '0a1b2c3d-1111-4222-8333-444455556666';
const SESSION = 'jCVqOs1tqiEbNKFtyUbYf7_RkZMZSQ1Kz1wJ1z0aXWY';

/** The ARN of the resource whose logical id contains this. */
function arnOf(part: string): string {
  const found = permissions.grants.find(
    ({ resource }) => resource.includes(part) && !resource.includes('/index/'),
  );
  if (!found) throw new Error(`Nothing is granted on ${part}.`);
  return found.resource;
}

const keyArn = permissions.grants.find(({ action }) => action === 'kms:Decrypt')?.resource ?? '';

async function isAllowed(fn: string, action: string, resource: string, context: Context): Promise<boolean> {
  const call = { functionId: functionId(fn), action, resources: [resource], context };
  return (await permissions.refused([call])).length === 0;
}

const inPartition = (...keys: string[]): Context => (keys.length > 0 ? { 'dynamodb:LeadingKeys': keys } : {});
const listed: Context = {
  'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
  'dynamodb:Attributes': LISTED_ATTRIBUTES,
};

const registering = ['RegisterOwnSession', 'RegisterSession'];
/** One row for each of the functions that register. */
const bothRegister = <T extends unknown[]>(...row: T): [string, ...T][] =>
  registering.map((fn) => [fn, ...row]);

describe.each([
  ...bothRegister('PutItem', [USER], ['#FENCE#x', `#FENCE#${USER}`, '#JOBS', '#EVERYONE']),
  ...bothRegister('DeleteItem', [USER], ['#FENCE#x', '#JOBS', '#EVERYONE']),
  ...bothRegister('GetItem', [`#FENCE#${USER}`], [USER, '#JOBS', '#EVERYONE']),
  ...bothRegister('UpdateItem', [], [USER, `#FENCE#${USER}`]),
  ['RevokeEveryone', 'UpdateItem', ['#EVERYONE'], [USER, `#FENCE#${USER}`, '#JOBS', '#EVERYONE2']],
  ['RevokeEveryone', 'Query', ['#EVERYONE'], [USER, `#FENCE#${USER}`, '#JOBS']],
  ['RevokeEveryone', 'PutItem', [], [USER, '#EVERYONE', `#LEASE#${USER}`]],
  ['RevokeEveryone', 'DeleteItem', [], [USER, '#EVERYONE']],
  ['Sweep', 'PutItem', [], [USER, `#FENCE#${USER}`, '#JOBS', '#EVERYONE']],
  ['Sweep', 'GetItem', [], [USER, `#FENCE#${USER}`]],
  ['Sweep', 'BatchGetItem', [`#FENCE#${USER}`], [USER, `#LEASE#${USER}`, '#JOBS', '#EVERYONE']],
  ['Sweep', 'Scan', [], [USER, `#FENCE#${USER}`]],
  ['Sweep', 'Query', ['#JOBS', '#EVERYONE'], [USER, `#FENCE#${USER}`]],
  ['LiftDenial', 'UpdateItem', [`#FENCE#${USER}`], [USER, '#JOBS', '#EVERYONE', '#FENCE']],
  ['LiftDenial', 'PutItem', [], [USER, `#FENCE#${USER}`]],
  ['Revoke', 'UpdateItem', [`#FENCE#${USER}`], [USER, `#LEASE#${USER}`, '#EVERYONE']],
  ['Revoke', 'UpdateItem', ['#JOBS'], [USER, '#EVERYONE']],
  ['Revoke', 'PutItem', [USER], [`#FENCE#${USER}`, '#JOBS', '#EVERYONE']],
  ['Revoke', 'PutItem', [`#LEASE#${USER}`], ['#JOBS']],
  ['Revoke', 'DeleteItem', [`#LEASE#${USER}`], [`#FENCE#${USER}`, '#EVERYONE']],
  ['Revoke', 'BatchWriteItem', [USER], [`#FENCE#${USER}`, `#LEASE#${USER}`, '#JOBS', '#EVERYONE']],
  ['Revoke', 'GetItem', [], [USER, `#FENCE#${USER}`]],
  ['Worker', 'UpdateItem', [`#FENCE#${USER}`], [USER, `#LEASE#${USER}`]],
  ['Worker', 'UpdateItem', ['#JOBS'], [USER]],
  ['Worker', 'UpdateItem', ['#EVERYONE'], [USER]],
  ['Worker', 'PutItem', [USER], [`#FENCE#${USER}`, '#JOBS', '#EVERYONE']],
  ['Worker', 'DeleteItem', ['#EVERYONE'], [USER, `#FENCE#${USER}`]],
  ['Worker', 'GetItem', [`#FENCE#${USER}`], [USER, '#JOBS']],
  ['ListSessions', 'PutItem', [], [USER, '#JOBS']],
])('%s, %s on the token cache', (fn, operation, allowed, refused) => {
  const action = `dynamodb:${operation}`;

  test.each([...allowed.map((key) => [key, true] as const), ...refused.map((key) => [key, false] as const)])(
    'in the partition %s: %s',
    async (key, expected) => {
      expect(await isAllowed(fn, action, arnOf('TokenCacheTable'), inPartition(key))).toBe(expected);
    },
  );

  test('is denied without a partition, and for an allowed and a denied partition together', async () => {
    expect(await isAllowed(fn, action, arnOf('TokenCacheTable'), inPartition())).toBe(false);
    const mixed = inPartition(...allowed, ...refused);
    expect(await isAllowed(fn, action, arnOf('TokenCacheTable'), mixed)).toBe(false);
  });
});

test.each([
  ...bothRegister(USER, listed, true),
  ...bothRegister('#JOBS', listed, false),
  ...bothRegister(USER, {}, false),
  ['ListSessions', USER, listed, true],
  ['ListSessions', '#JOBS', listed, false],
  ['Sweep', USER, listed, true],
  ['Sweep', `#FENCE#${USER}`, listed, false],
  [
    'Sweep',
    USER,
    { ...listed, 'dynamodb:Attributes': [...LISTED_ATTRIBUTES, 'ciphertext', 'dataKey'] },
    false,
  ],
])('%s queries the partition %s with %j: %s', async (fn, key, context, expected) => {
  const call = { ...inPartition(key), ...context };
  expect(await isAllowed(fn, 'dynamodb:Query', arnOf('TokenCacheTable'), call)).toBe(expected);
});

const ofUser = `user.${SESSION}`;
const ofEveryone = `everyone.${SESSION}`;
const ofAssignment = `assignment.${SESSION}`;
const ofKey = `key.${SESSION}`;

test.each([
  ...bothRegister([SESSION], [ofUser, ofEveryone, ofAssignment, ofKey]),
  ['RevokeEveryone', [ofEveryone], [SESSION, ofUser, ofAssignment, ofKey]],
  ['EndAssignments', [ofAssignment], [SESSION, ofUser, ofEveryone, ofKey]],
  ['Sweep', [], [SESSION, ofUser, ofEveryone, ofKey]],
  ['LiftDenial', [], [SESSION, ofUser, ofEveryone, ofKey]],
  ['LiftEveryone', [], [SESSION, ofUser, ofEveryone, ofKey]],
  ['ReadRevocation', [], [SESSION, ofUser, ofEveryone, ofKey]],
  ['RemoveAccess', [ofUser], [SESSION, ofEveryone, ofKey]],
  ['RestoreAccess', [ofUser], [SESSION, ofEveryone, ofKey]],
])('%s may write records of %j, but not of %j', async (fn, allowed, refused) => {
  const put = (...keys: string[]) =>
    isAllowed(fn, 'dynamodb:PutItem', arnOf('RecordsTable'), inPartition(...keys));
  for (const key of allowed) expect([key, await put(key)]).toEqual([key, true]);
  for (const key of refused) expect([key, await put(key)]).toEqual([key, false]);
  expect(await put()).toBe(false);
  expect(await put(...allowed, ...refused)).toBe(false);
});

test.each<[string, string, string[], string[]]>([
  ['RevokeEveryone', 'UpdateItem', ['everyone'], [USER]],
  ['LiftEveryone', 'UpdateItem', ['everyone'], [USER]],
  ['LiftEveryone', 'Query', ['everyone'], [USER]],
  ['LiftDenial', 'UpdateItem', [USER], ['everyone']],
  ['Revoke', 'UpdateItem', [USER], ['everyone']],
  ['Worker', 'UpdateItem', [USER, 'everyone'], []],
  ['RevokeEveryone', 'Query', [], ['everyone', USER]],
  ['EndAssignments', 'UpdateItem', [USER], ['everyone']],
  ['EndAssignments', 'Query', [USER], ['everyone']],
])('%s may %s on the deny list entries of %j, but not of %j', async (fn, operation, allowed, refused) => {
  const may = (...keys: string[]) =>
    isAllowed(fn, `dynamodb:${operation}`, arnOf('DenyListTable'), inPartition(...keys));
  for (const key of allowed) expect([key, await may(key)]).toEqual([key, true]);
  for (const key of refused) expect([key, await may(key)]).toEqual([key, false]);
  if (refused.length > 0) expect(await may(...allowed, ...refused)).toBe(false);
});

const queues = [
  'RevocationsQueue',
  'BulkQueue',
  'ReportsQueue',
  'EndedAssignmentsQueue',
  'AccessRemovalsQueue',
  'NoticesQueue',
];

test.each([
  ['Revoke', ['RevocationsQueue', 'NoticesQueue']],
  ['RevokeEveryone', ['BulkQueue']],
  ...bothRegister(['ReportsQueue', 'NoticesQueue']),
  ['Sweep', ['ReportsQueue']],
  ['Worker', ['RevocationsQueue', 'BulkQueue', 'AccessRemovalsQueue', 'NoticesQueue']],
  ['RemoveAccess', ['AccessRemovalsQueue', 'NoticesQueue']],
  ['Reconcile', ['NoticesQueue']],
  ['Tell', []],
  ['RestoreAccess', []],
  ['LiftDenial', []],
  ['LiftEveryone', []],
  ['EndAssignments', []],
])('%s may send only to %j', async (fn, expected) => {
  const allowed = await Promise.all(
    queues.map((queue) => isAllowed(fn, 'sqs:SendMessage', arnOf(queue), {})),
  );
  expect(queues.filter((_, n) => allowed[n])).toEqual(expected);
});

const ofARow = { 'kms:EncryptionContextKeys': ['userId', 'sessionId'] };

test.each([
  ['Revoke', true],
  ['Worker', true],
  ...bothRegister(false),
  ['Sweep', false],
  ['ListSessions', false],
  ['RemoveAccess', false],
  ['RestoreAccess', false],
])('%s may decrypt tokens: %s', async (fn, expected) => {
  expect(await isAllowed(fn, 'kms:Decrypt', keyArn, ofARow)).toBe(expected);
  expect(await isAllowed(fn, 'kms:ReEncryptFrom', keyArn, ofARow)).toBe(false);
});
