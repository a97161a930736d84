import { inspect } from 'node:util';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { assumedRole } from '../../../../lambda/aws/role-sessions/assumed-role.ts';
import { organizationsPolicies } from '../../../../lambda/aws/role-sessions/deny-policies.ts';
import { renderDenyPolicies } from '../../../../lambda/domain/role-sessions/deny-policy.ts';
import type { FaultSetting } from '../../../../local/emulators/ground/faults.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const requestHandler = { connectionTimeout: 100, requestTimeout: 100, throwOnRequestTimeout: true };
const ample = () => new AbortController().signal;
const text = (...userIds: string[]) => {
  const users = userIds.map((userId) => ({ userId, until: new Date(0) }));
  return renderDenyPolicies(users, { policies: 1, characters: 5_120 }).policies[0]?.text ?? '';
};

let emulator: Emulators;
let policyId: string;

beforeEach(async () => {
  emulator = await startEmulators();
  policyId = emulator.organizations.create({ content: text(), name: 'deny' }).policyId;
});
afterEach(() => emulator.close());

/** Makes one call, without the SDK's retries. */
const policies = (given: object = { credentials }) =>
  organizationsPolicies(
    new OrganizationsClient({
      endpoint: emulator.url,
      region: 'eu-west-1',
      maxAttempts: 1,
      requestHandler,
      ...given,
    }),
  );

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  // The SDK's error contains the request. Nothing of it may get out.
  expect(inspect(error, { showHidden: true, depth: null })).not.toContain('alice');
  return (error as { code?: string } | undefined)?.code;
}

test('the written text is read back', async () => {
  await policies().write(policyId, text('alice'), ample());
  expect(await policies().read(policyId, ample())).toBe(text('alice'));
  expect(emulator.organizations.contentOf(policyId)).toBe(text('alice'));
});

const reject = (code: string): Omit<FaultSetting, 'operation'> => ({ fault: 'reject', code });

test.each<[string, Omit<FaultSetting, 'operation'>, string]>([
  ['it throttles', { fault: 'throttle' }, 'policy-busy'],
  ['it fails', { fault: 'fail' }, 'policy-busy'],
  ['it hangs', { fault: 'hang' }, 'policy-busy'],
  ['the connection breaks', { fault: 'cut' }, 'policy-busy'],
  ['the answer is lost', { fault: 'lost' }, 'policy-busy'],
  ['it answers garbage', { fault: 'garbage' }, 'policy-busy'],
  ['somebody else changes policies', reject('ConcurrentModificationException'), 'policy-busy'],
  ['a change is not through', reject('PolicyChangesInProgressException'), 'policy-busy'],
  ['the role may not', reject('AccessDeniedException'), 'policy-refused'],
])('%s: %s', async (_, fault, code) => {
  emulator.faults.set({ operation: 'organizations', ...fault });
  expect(await codeOf(policies().write(policyId, text('alice'), ample()))).toBe(code);
  expect(await codeOf(policies().read(policyId, ample()))).toBe(code);
});

test('a text above the quota and an unknown policy are refused', async () => {
  emulator.organizations.setQuota(text().length + 1);
  expect(await codeOf(policies().write(policyId, text('alice'), ample()))).toBe('policy-refused');
  expect(await codeOf(policies().read('p-notthere00', ample()))).toBe('policy-refused');
});

test('a call ends with its signal', async () => {
  emulator.faults.set({ operation: 'organizations', fault: 'hang' });
  expect(await codeOf(policies().read(policyId, AbortSignal.timeout(20)))).toBe('policy-busy');
});

describe('through a role of another account', () => {
  const roleArn = 'arn:aws:iam::111122223333:role/deny-list';
  const saved = { ...process.env };

  beforeEach(() => {
    process.env.AWS_ENDPOINT_URL_STS = emulator.url;
  });
  afterEach(() => {
    process.env = { ...saved };
  });
  const requests = () => emulator.requests.map(({ operation }) => operation);

  test('the role is assumed once for many calls', async () => {
    const through = policies({ credentials: assumedRole(roleArn) });
    for (let i = 0; i < 3; i += 1) expect(await through.read(policyId, ample())).toBe(text());
    expect(requests().filter((name) => name === 'sts:AssumeRole')).toHaveLength(1);
  });

  test.each<[string, FaultSetting, string]>([
    ['may not be assumed', { operation: 'sts', fault: 'reject' }, 'policy-refused'],
    ['cannot be assumed just now', { operation: 'sts', fault: 'cut' }, 'policy-busy'],
  ])('a role that %s: %s', async (_, fault, code) => {
    emulator.faults.set(fault);
    const through = policies({ credentials: assumedRole(roleArn) });
    expect(await codeOf(through.read(policyId, ample()))).toBe(code);
  });
});
