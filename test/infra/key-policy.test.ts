import { runSimulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT_ID } from '../../local/ground/account.ts';
import { loadAssembly } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/intrinsics.ts';
import { resourcesOf } from '../../local/template/properties.ts';
import { assembly } from '../support/synth.ts';

const resources = loadAssembly(assembly);
const resolver = createResolver(resources, 'us-east-1');
const [keyId, key] = resourcesOf(resources, 'AWS::KMS::Key')[0] ?? [];
if (keyId === undefined || !key) throw new Error('The stack has no key.');
const keyPolicy = resolver.resolve(key.Properties.KeyPolicy);
const keyArn = resolver.attribute(keyId, 'Arn');

/** The answer to a principal whose own policies allow everything. */
async function answer(principalArn: string, action: string): Promise<string> {
  const [, roleName] = /:role\/(.+)$/.exec(principalArn) ?? [];
  const session = `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${roleName}/session`;
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const run = await runSimulation(
    {
      request: {
        principal: roleName ? session : principalArn,
        action,
        resource: { resource: keyArn, accountId: ACCOUNT_ID },
        contextVariables: { 'aws:PrincipalArn': principalArn },
      },
      identityPolicies: [{ name: 'everything', policy: everything }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: keyPolicy,
    },
    {},
  );
  if (run.resultType === 'error') throw new Error(`${action}: ${JSON.stringify(run.errors)}`);
  return run.overallResult;
}

/** The ARN of a function's role. */
function roleOf(fn: string): string {
  const found = resourcesOf(resources, 'AWS::IAM::Role').find(([id]) =>
    id.startsWith(`SessionRevocation${fn}Role`),
  );
  if (!found) throw new Error(`There is no role of ${fn}.`);
  return resolver.attribute(found[0], 'Arn');
}

const administrator = `arn:aws:iam::${ACCOUNT_ID}:role/Administrator`;
const root = `arn:aws:iam::${ACCOUNT_ID}:root`;

test.each(['kms:Decrypt', 'kms:ReEncryptFrom'])(
  '%s is denied to all roles but those that end sessions',
  async (action) => {
    for (const fn of ['Revoke', 'Worker'])
      expect([fn, await answer(roleOf(fn), action)]).toEqual([fn, 'Allowed']);
    for (const principal of [
      administrator,
      root,
      roleOf('RegisterOwnSession'),
      roleOf('RegisterSession'),
      roleOf('Sweep'),
    ]) {
      expect([principal, await answer(principal, action)]).toEqual([principal, 'ExplicitlyDenied']);
    }
  },
);

test.each(['kms:PutKeyPolicy', 'kms:DescribeKey', 'kms:EnableKeyRotation', 'kms:ScheduleKeyDeletion'])(
  'an administrator keeps %s, so that the key can be managed',
  async (action) => {
    expect(await answer(administrator, action)).toBe('Allowed');
  },
);
