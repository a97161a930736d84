import type { RecordedCall } from '../local/permissions/call-log.ts';
import { loadAssembly } from '../local/template/assembly.ts';
import { abilitiesTable } from './support/beyond-use.ts';
import { capabilities } from './support/capabilities.ts';
import { generatedSection } from './support/generated-section.ts';
import { startRotatingTokens } from './support/rotating-tokens.ts';
import { functionId, type RunningStack, stackPermissions, start } from './support/running-stack.ts';
import { assembly } from './support/synth.ts';

/** Milliseconds by which the clock of portal and queues is ahead. The functions use the computer's clock. */
let elapsed = 0;
let running: RunningStack;
let tokens: Awaited<ReturnType<typeof startRotatingTokens>>;
/** All calls of the functions. */
let calls: RecordedCall[];

beforeAll(async () => {
  tokens = await startRotatingTokens(() => running.stack.emulator.url);
  running = await start({ AWS_ENDPOINT_URL_SSO_OIDC: tokens.url }, () => Date.now() + elapsed);
  const pass = (millis: number) => {
    elapsed += millis;
  };
  for (const drive of Object.values(capabilities(running, pass))) await drive();
  calls = [...running.stack.calls.list(), wakesItself()];
}, 120_000);
afterAll(async () => {
  await tokens.close();
  await running.close();
});

/**
 * The reconciler wakes itself only if thousands of records are behind. test/proofs/reconcile-many.test.ts causes that,
 * because it takes too long here.
 */
function wakesItself(): RecordedCall {
  const [fn, action] = ['Reconcile', 'sqs:SendMessage'];
  return { functionId: functionId(fn), action, resources: [resourceOf(fn, action)], context: {}, times: 1 };
}

/** Grants that no call of a function uses, each with its reason. */
const unusedGrants: readonly { action: RegExp; fn?: string; why: string }[] = [
  {
    action: /^logs:(CreateLogStream|PutLogEvents)$/,
    why: 'Lambda writes the log, as the role of the function',
  },
  ...['Worker', 'Reconcile', 'EndAssignments', 'RemoveAccess', 'Tell'].map((fn) => ({
    action: /^sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes|GetQueueUrl)$/,
    fn,
    why: 'Lambda reads the queue, as the role of the function; the CDK grants it more than that takes',
  })),
  {
    action: /^sqs:ChangeMessageVisibility$/,
    fn: 'Reconcile',
    why: 'As above; unlike the worker, it leaves when a message comes back to the queue',
  },
];

test('every grant is used by a call or has a reason, and every reason has a grant', async () => {
  expect(await stackPermissions().refused(calls)).toEqual([]);
  const unused = await stackPermissions().unused(calls);
  const excuses = unused.map((grant) =>
    unusedGrants.find(
      ({ action, fn }) => action.test(grant.action) && (!fn || grant.functionId === functionId(fn)),
    ),
  );
  const unexplained = unused.filter((_, n) => !excuses[n]);
  expect(
    unexplained.map(({ functionId: id, action, resource }) => `${id}: ${action} on ${resource}`),
  ).toEqual([]);
  expect(unusedGrants.filter((reason) => !excuses.includes(reason))).toEqual([]);
});

test('docs/threat-model.md lists what each role may do beyond its use; UPDATE_DOCS=1 writes it', async () => {
  const table = await abilitiesTable(stackPermissions(), loadAssembly(assembly), calls);
  const section = generatedSection('docs/threat-model.md', 'what each role may do');
  if (process.env.UPDATE_DOCS) section.write(table);
  else expect(section.written).toBe(table);
}, 60_000);

/** Finds the resource of a grant. */
function resourceOf(fn: string, action: string, part = ''): string {
  const id = functionId(fn);
  const grant = stackPermissions().grants.find(
    (one) => one.functionId === id && one.action === action && one.resource.includes(part),
  );
  if (!grant) throw new Error(`${fn} is not granted ${action}.`);
  return grant.resource;
}

const scanned = { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES', 'dynamodb:Attributes': ['userId', 'sessionId'] };
const listed = { ...scanned, 'dynamodb:LeadingKeys': ['jdoe'] };
const scannedWithCiphertext = { ...scanned, 'dynamodb:Attributes': ['userId', 'ciphertext'] };
const withCiphertext = { ...listed, 'dynamodb:Attributes': ['userId', 'ciphertext'] };
const ofARow = { 'kms:EncryptionContextKeys': ['sessionId', 'userId'] };

describe.each([
  ['ListSessions', 'dynamodb:Query', 'TokenCache', listed, true],
  ['ListSessions', 'dynamodb:Query', 'TokenCache', withCiphertext, false],
  ['ListSessions', 'dynamodb:Query', 'TokenCache', scanned, false],
  [
    'ListSessions',
    'dynamodb:Query',
    'TokenCache',
    { 'dynamodb:Attributes': ['userId'], 'dynamodb:LeadingKeys': ['jdoe'] },
    false,
  ],
  ['Worker', 'dynamodb:Scan', 'TokenCache', scanned, true],
  ['Worker', 'dynamodb:Scan', 'TokenCache', scannedWithCiphertext, false],
  ['Sweep', 'dynamodb:BatchGetItem', 'TokenCache', { 'dynamodb:LeadingKeys': ['#FENCE#jdoe'] }, true],
  [
    'Sweep',
    'dynamodb:BatchGetItem',
    'TokenCache',
    { 'dynamodb:LeadingKeys': ['#FENCE#jdoe', 'jdoe'] },
    false,
  ],
  ['RegisterSession', 'kms:GenerateDataKey', '', ofARow, true],
  ['RegisterSession', 'kms:GenerateDataKey', '', {}, false],
  [
    'RegisterSession',
    'kms:GenerateDataKey',
    '',
    { 'kms:EncryptionContextKeys': ['userId', 'purpose'] },
    false,
  ],
] as const)('%s calling %s on %s with %j', (fn, action, part, context, isAllowed) => {
  test(isAllowed ? 'is allowed' : 'is refused', async () => {
    const call = { functionId: functionId(fn), action, resources: [resourceOf(fn, action, part)], context };
    expect(await stackPermissions().refused([call])).toHaveLength(isAllowed ? 0 : 1);
  });
});

test.each([
  ['Sweep', 'dynamodb:Scan', () => resourceOf('Worker', 'dynamodb:Scan')],
  ['Worker', 'dynamodb:DeleteTable', () => resourceOf('Worker', 'dynamodb:Scan')],
  ['Revoke', 'dynamodb:DeleteItem', () => resourceOf('Revoke', 'dynamodb:Query', 'RecordsTable')],
  ['RegisterSession', 'kms:Decrypt', () => resourceOf('Revoke', 'kms:Decrypt')],
  [
    'Sweep',
    'identitystore:DescribeUser',
    () => 'arn:aws:identitystore::000000000000:identitystore/d-9999999999',
  ],
  ['ReadRevocation', 'sqs:SendMessage', () => resourceOf('Revoke', 'sqs:SendMessage')],
  ['Worker', 'organizations:UpdatePolicy', () => resourceOf('Reconcile', 'organizations:UpdatePolicy')],
  ['Worker', 'dynamodb:NoSuchAction', () => resourceOf('Worker', 'dynamodb:Scan')],
])('%s may not %s', async (fn, action, resource) => {
  const call = { functionId: functionId(fn), action, resources: [resource()], context: ofARow };
  expect(await stackPermissions().refused([call])).toHaveLength(1);
});

test('closing a stack fails if one of its functions made a call that it may not make', async () => {
  const other = await start();
  const headers = {
    authorization: 'AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1/dynamodb/aws4_request, Signature=…',
    'x-amz-security-token': functionId('Worker'),
    'x-amz-target': 'DynamoDB_20120810.DeleteTable',
  };
  const [table] = Object.values(other.stack.tables);
  other.stack.calls.record(headers, Buffer.from(JSON.stringify({ TableName: table })));
  await expect(other.close()).rejects.toThrow(
    new RegExp(`${functionId('Worker')} may not dynamodb:DeleteTable on arn:.*/${table} `),
  );
}, 30_000);
