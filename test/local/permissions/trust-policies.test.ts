import { GetRoleCredentialsCommand, SSOClient } from '@aws-sdk/client-sso';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type Emulators, startEmulators } from '../../../local/emulators/server.ts';
import { readTrustPolicies } from '../../../local/permissions/trust-policies.ts';
import { createResolver } from '../../../local/template/intrinsics.ts';
import { assemblyOf } from '../template/assembly-of.ts';

const ORGANIZATION = 'o-local00000';
const variable = (key: string) => `\${${key}}`;
const OWN_USER_ID = variable('identitystore:UserId');

const trustOf = (statement: object) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }],
    },
  },
});

const registrar = (organization = ORGANIZATION, operator = 'StringEquals') =>
  trustOf({
    Principal: { AWS: '*' },
    Condition: {
      [operator]: { 'aws:PrincipalOrgID': organization, 'sts:RoleSessionName': OWN_USER_ID },
    },
  });

let emulator: Emulators;

beforeEach(async () => {
  emulator = await startEmulators();
  const assembly = assemblyOf({
    Registrar: registrar(),
    OfOthers: registrar('o-0000000000'),
    Deployer: trustOf({
      Principal: { AWS: { 'Fn::Join': ['', ['arn:aws:iam::', { Ref: 'AWS::AccountId' }, ':root']] } },
    }),
    Service: trustOf({
      Principal: { Service: 'lambda.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': '1' } },
    }),
    Denying: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: [
            { Effect: 'Allow', Action: 'sts:*', Principal: '*' },
            {
              Effect: 'Deny',
              Action: '*',
              Principal: '*',
              Condition: { StringLike: { 'sts:RoleSessionName': 'a*' } },
            },
          ],
        },
      },
    },
  });
  readTrustPolicies(assembly, createResolver(assembly, 'us-east-1'), emulator.trusts);
});
afterEach(() => emulator.close());

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const nobody: Credentials = { accessKeyId: 'AKIAELSEWHERE', secretAccessKey: 'x' };

async function atPortal(userName: string, accountId = '111122223333'): Promise<Credentials> {
  const client = new SSOClient({ region: 'us-east-1', endpoint: emulator.url, maxAttempts: 1 });
  const { accessToken } = emulator.signIns.signIn({ userName });
  const input = { accessToken, accountId, roleName: 'Developer' };
  const { roleCredentials } = await client.send(new GetRoleCredentialsCommand(input));
  client.destroy();
  const { accessKeyId = '', secretAccessKey = '', sessionToken = '' } = roleCredentials ?? {};
  return { accessKeyId, secretAccessKey, sessionToken };
}

async function assume(credentials: Credentials, role: string, RoleSessionName: string) {
  const client = new STSClient({ region: 'us-east-1', endpoint: emulator.url, credentials, maxAttempts: 1 });
  const RoleArn = `arn:aws:iam::000000000000:role/${role}`;
  const answer = client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
  return answer.finally(() => client.destroy());
}

const idOf = (userName: string) => emulator.users.find(userName)?.userId ?? '';
const denied = expect.objectContaining({
  name: 'AccessDenied',
  message: expect.stringMatching(/^User: arn:aws:sts::/),
});

describe('a role for everybody of the organization, under their own user id', () => {
  it('can be assumed with role credentials of the portal, from any account', async () => {
    for (const account of ['000000000000', '111122223333']) {
      const { AssumedRoleUser } = await assume(await atPortal('jane', account), 'Registrar', idOf('jane'));
      expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::000000000000:assumed-role/Registrar/${idOf('jane')}`);
    }
  });

  it("cannot be assumed under another user's id, a part of the own one, a name or a wildcard", async () => {
    const jane = await atPortal('jane');
    await atPortal('john');
    for (const name of [idOf('john'), idOf('jane').slice(0, -1), idOf('jane').toUpperCase(), 'jane']) {
      await expect(assume(jane, 'Registrar', name)).rejects.toEqual(denied);
    }
  });

  it('cannot be assumed by a caller without a user id: another key, or an assumed role', async () => {
    const jane = await atPortal('jane');
    const { Credentials: next } = await assume(jane, 'Registrar', idOf('jane'));
    const assumed = {
      accessKeyId: next?.AccessKeyId ?? '',
      secretAccessKey: next?.SecretAccessKey ?? '',
      sessionToken: next?.SessionToken ?? '',
    };
    for (const caller of [nobody, assumed]) {
      await expect(assume(caller, 'Registrar', idOf('jane'))).rejects.toEqual(denied);
    }
  });

  it('cannot be assumed from another organization', async () => {
    await expect(assume(await atPortal('jane'), 'OfOthers', idOf('jane'))).rejects.toEqual(denied);
  });

  it('cannot be assumed with incomplete credentials', async () => {
    const { sessionToken: _, ...jane } = await atPortal('jane');
    await expect(assume(jane, 'Registrar', idOf('jane'))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
  });
});

it.each([
  ['Deployer', 'a principal of the account', '000000000000', true],
  ['Deployer', 'a principal of another account', '111122223333', false],
  ['Service', 'anybody', '000000000000', false],
  ['Elsewhere', 'anybody, since the template does not have it,', '111122223333', true],
])('the role %s and %s: %s, %s', async (role, _, account, isAllowed) => {
  const answer = assume(await atPortal('jane', account), role, 'session');
  if (isAllowed) await expect(answer).resolves.toBeDefined();
  else await expect(answer).rejects.toEqual(denied);
});

it('a denial overrides what is allowed', async () => {
  await expect(assume(nobody, 'Denying', 'bob')).resolves.toBeDefined();
  await expect(assume(nobody, 'Denying', 'alice')).rejects.toEqual(denied);
});

it.each([
  ['a key', { StringEquals: { 'aws:SourceIp': '10.0.0.1' } }, 'StringEquals aws:SourceIp'],
  ['an operator', { StringNotEquals: { 'sts:RoleSessionName': 'x' } }, 'StringNotEquals sts:RoleSessionName'],
  [
    'a variable',
    { StringEquals: { 'sts:RoleSessionName': variable('aws:username') } },
    variable('aws:username'),
  ],
  ['a variable in a pattern', { StringLike: { 'sts:RoleSessionName': `${OWN_USER_ID}*` } }, OWN_USER_ID],
])('an unknown %s is refused by name before anything starts', (_, Condition, named) => {
  const assembly = assemblyOf({ Role: trustOf({ Principal: { AWS: '000000000000' }, Condition }) });
  const resolver = createResolver(assembly, 'us-east-1');
  expect(() => readTrustPolicies(assembly, resolver, new Map())).toThrow(named);
});

it('a negated element is refused by name before anything starts', () => {
  const assembly = assemblyOf({ Role: trustOf({ NotPrincipal: { AWS: '000000000000' } }) });
  const resolver = createResolver(assembly, 'us-east-1');
  expect(() => readTrustPolicies(assembly, resolver, new Map())).toThrow(
    'Role: the local run does not support NotPrincipal',
  );
});
