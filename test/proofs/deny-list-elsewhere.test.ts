import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { until } from '../support/running-stack.ts';
import { synthesizeTo } from '../support/synth.ts';

const directory = mkdtempSync(join(tmpdir(), 'elsewhere-'));
const policyIds = ['p-existing01', 'p-existing02'];
const roleArn = 'arn:aws:iam::111122223333:role/deny-list';
const USER_ID = '0a1b2c3d-1111-4222-8333-444455556666';

/** Milliseconds by which the clock of queues and schedules is ahead. The functions use the computer's clock. */
let elapsed = 0;
let stack: LocalStack;

beforeAll(async () => {
  await synthesizeTo(directory, { denyPolicyIds: policyIds.join(','), organizationsRoleArn: roleArn });
  const clock = () => Date.now() + elapsed;
  stack = await startLocalStack({ assembly: directory, port: 0, env: {}, clock, output: () => {} });
  // The policy text that AWS's procedure prepares.
  const content = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: ['s3:*', '*'],
        Resource: '*',
        Condition: { StringEquals: { 'identitystore:userId': 'Add user ID here' } },
      },
    ],
  });
  for (const policyId of policyIds) {
    stack.emulator.organizations.create({ policyId, name: policyId, content });
  }
}, 60_000);
afterAll(async () => {
  await stack.close();
  rmSync(directory, { recursive: true });
});

test('for policies prepared in another account, the reconciler assumes the role there and replaces their text', async () => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ userId: USER_ID });
  const response = await fetch(`${stack.url}/revocations`, { method: 'POST', headers, body });
  expect(response.status).toBe(200);
  // Delivers the message that wakes the reconciler.
  elapsed += 4_000;
  const [first, second] = policyIds.map((id) => () => stack.emulator.organizations.contentOf(id));
  await until('the first policy denies', () => first?.().includes(USER_ID));
  await until('the second one is empty', () => second?.().includes('nobody'));
  const operations = stack.emulator.requests.map(({ operation }) => operation);
  expect(operations.filter((operation) => operation === 'sts:AssumeRole')).toHaveLength(1);
  expect(first?.()).not.toContain('s3:');
}, 30_000);
