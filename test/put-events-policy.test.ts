import { readFileSync } from 'node:fs';
import { runSimulation } from '@cloud-copilot/iam-simulate';

const blocks = [...readFileSync('docs/events.md', 'utf8').matchAll(/```json\n([\s\S]*?)```/g)];
const policies = blocks.map(([, text = '']) => text).filter((text) => text.includes('events:PutEvents'));

/** Asks IAM whether it allows one request with entries of these sources and detail types. */
async function put(context: Record<string, string[]>, bus = 'default'): Promise<string> {
  const policy = JSON.parse(policies[0] ?? '');
  const resource = `arn:aws:events:eu-west-1:111122223333:event-bus/${bus}`;
  const simulation = {
    request: {
      principal: 'arn:aws:iam::111122223333:role/offboarding',
      action: 'events:PutEvents',
      resource: { resource, accountId: '111122223333' },
      contextVariables: context,
    },
    identityPolicies: [{ name: 'offboarding', policy }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
  const answer = await runSimulation(simulation, {});
  return answer.resultType === 'error' ? JSON.stringify(answer.errors) : answer.overallResult;
}

const removed = { 'events:source': ['offboarding'], 'events:detail-type': ['User Removed'] };

test('docs/events.md has one policy for PutEvents, and it lets the offboarding process send its removals', async () => {
  expect(policies).toHaveLength(1);
  expect(await put(removed)).toBe('Allowed');
});

test.each([
  ['of another source', { ...removed, 'events:source': ['hr'] }],
  ['of its own and another source', { ...removed, 'events:source': ['offboarding', 'hr'] }],
  ['of another detail type', { ...removed, 'events:detail-type': ['User Removed', 'User Added'] }],
  ['of no known source', { 'events:detail-type': ['User Removed'] }],
  ['of no known detail type', { 'events:source': ['offboarding'] }],
])('the policy allows no request with events %s', async (_, context) => {
  expect(await put(context)).toBe('ImplicitlyDenied');
});

test('the policy does not allow events to another bus', async () => {
  expect(await put(removed, 'other')).toBe('ImplicitlyDenied');
});
