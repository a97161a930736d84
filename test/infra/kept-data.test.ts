import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SessionRevocationStack, type SessionRevocationStackProps } from '../../infra/index.ts';
import type { Resource } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/intrinsics.ts';
import { templateApp } from '../support/template-app.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-west-1';
const everything: SessionRevocationStackProps = {
  env: { account: ACCOUNT, region: REGION },
  identityStoreId: 'd-1234567890',
  instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef',
  removeAccess: true,
  roleSessions: { targets: ['r-abcd'] },
  denyEndedAssignments: true,
};

const templateOf = (props: SessionRevocationStackProps = {}) =>
  Template.fromStack(new SessionRevocationStack(templateApp(), 'Theirs', { ...everything, ...props }));

const DATA = ['AWS::DynamoDB::GlobalTable', 'AWS::KMS::Key', 'AWS::Logs::LogGroup'];

test.each<[string, SessionRevocationStackProps, string, string]>([
  ['by default, but not after a first deployment that failed', {}, 'RetainExceptOnCreate', 'Retain'],
  ['always', { removalPolicy: RemovalPolicy.RETAIN }, 'Retain', 'Retain'],
  ['never', { removalPolicy: RemovalPolicy.DESTROY }, 'Delete', 'Delete'],
])(
  'tables, key and logs are kept %s, and no other resource is',
  (_, props, DeletionPolicy, UpdateReplacePolicy) => {
    const resources = Object.entries<{ Type: string }>(templateOf(props).toJSON().Resources);
    for (const [id, { Type, ...resource }] of resources) {
      const kept = { DeletionPolicy, UpdateReplacePolicy };
      const deleted = { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' };
      // Without these attributes, CloudFormation deletes a resource.
      expect([id, { ...deleted, ...resource }]).toMatchObject([id, DATA.includes(Type) ? kept : deleted]);
    }
    for (const type of DATA) expect(resources.some(([, { Type }]) => Type === type)).toBe(true);
  },
);

test.each<[string, SessionRevocationStackProps, boolean]>([
  ['by default', {}, true],
  ['with data that is to be kept always', { removalPolicy: RemovalPolicy.RETAIN }, true],
  ['where it is switched off', { deletionProtection: false }, false],
  ['with data that is not to be kept', { removalPolicy: RemovalPolicy.DESTROY }, false],
])('%s, DynamoDB refuses to delete a table: %s', (_name, props, DeletionProtectionEnabled) => {
  templateOf(props).allResourcesProperties('AWS::DynamoDB::GlobalTable', {
    Replicas: [Match.objectLike({ DeletionProtectionEnabled })],
  });
});

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const existing = {
  tokenCacheTableArn: arn('dynamodb', 'table/OfBefore-TokenCache'),
  revocationsTableArn: arn('dynamodb', 'table/OfBefore-Revocations'),
  denyListTableArn: arn('dynamodb', 'table/OfBefore-DenyList'),
  keyArn: arn('kms', 'key/1234abcd-1111-4222-8333-444455556666'),
};

/** The template as it would be deployed, with names instead of references. */
function deployed(template: Template) {
  const { Resources, Outputs } = template.toJSON();
  const resources = new Map<string, Resource>(Object.entries(Resources));
  const resolver = createResolver({ stackName: 'Theirs', resources, parameters: new Map() }, REGION);
  return {
    resolver,
    of: (type: string, what: string) =>
      [...resources].flatMap(([id, { Type, Properties }]) =>
        Type === type ? [[id, resolver.resolve(Properties[what])]] : [],
      ),
    output: (name: string) => resolver.text(Outputs[name].Value),
  };
}

describe('with the tables and the key of an earlier stack', () => {
  const template = templateOf({ existing });
  const [created, adopting] = [deployed(templateOf()), deployed(template)];

  test('the template has no table and no key', () => {
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
    template.resourceCountIs('AWS::KMS::Key', 0);
  });

  /** The same part, with adopted resources in place of created ones. */
  function asIfAdopted(part: unknown): unknown {
    const outputs: Record<keyof typeof existing, string> = {
      tokenCacheTableArn: 'TokenCacheTableArn',
      revocationsTableArn: 'RevocationsTableArn',
      denyListTableArn: 'DenyListTableArn',
      keyArn: 'TokenKeyArn',
    };
    const nameOf = (text: string) => text.replace(/^.*\//, '');
    return Object.entries(outputs).reduce((all, [property, output]) => {
      const [from, to] = [created.output(output), existing[property as keyof typeof existing]];
      return JSON.parse(JSON.stringify(all).replaceAll(from, to).replaceAll(nameOf(from), nameOf(to)));
    }, part);
  }

  test.each([
    ['role may do the same with them', 'AWS::IAM::Policy', 'PolicyDocument'],
    ['function knows them by the same variables', 'AWS::Lambda::Function', 'Environment'],
  ])('each %s as with created ones', (_, type, what) => {
    expect(adopting.of(type, what)).toEqual(asIfAdopted(created.of(type, what)));
    expect(JSON.stringify(adopting.of(type, what))).toContain('OfBefore-TokenCache');
  });

  test('the output TokenKeyPolicy is the policy that a created key would have', () => {
    const [[, policy] = []] = created.of('AWS::KMS::Key', 'KeyPolicy');
    expect(JSON.parse(adopting.output('TokenKeyPolicy'))).toEqual(policy);
    expect(JSON.stringify(policy)).toContain('OnlyWhatEndsSessionsOpensTokens');
  });

  test('a deny list that is not adopted is created', () => {
    const { denyListTableArn: _, ...without } = existing;
    templateOf({ existing: without }).resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
  });

  test('values that are known only at deployment are accepted', () => {
    const imported = Object.keys(existing).map((name) => [name, Fn.importValue(name)]);
    expect(() => templateOf({ existing: Object.fromEntries(imported) })).not.toThrow();
  });
});

test('without adopted resources, there is no output for a key policy', () => {
  expect(templateOf().toJSON().Outputs).not.toHaveProperty('TokenKeyPolicy');
});

const { roleSessions: _, denyEndedAssignments: __, ...undenied } = everything;

test.each<[SessionRevocationStackProps, RegExp]>([
  [
    { ...everything, removalPolicy: RemovalPolicy.SNAPSHOT },
    /removalPolicy must be retain-on-update-or-delete, retain or destroy, not "snapshot"/,
  ],
  [
    { ...everything, removalPolicy: RemovalPolicy.DESTROY, deletionProtection: true },
    /deletionProtection keeps the tables .* give one of them/,
  ],
  [
    { ...everything, existing: { ...existing, keyArn: 'alias/tokens' } },
    /existing.keyArn must be the ARN of a key/,
  ],
  [
    { ...everything, existing: { ...existing, revocationsTableArn: 'Revocations' } },
    /existing.revocationsTableArn must be the ARN of a table/,
  ],
  [
    {
      ...everything,
      existing: { ...existing, revocationsTableArn: `${existing.revocationsTableArn}/index/by` },
    },
    /existing.revocationsTableArn must be the ARN of a table/,
  ],
  [
    { ...everything, existing: { ...existing, tokenCacheTableArn: existing.revocationsTableArn } },
    /tables of existing must differ/,
  ],
  [
    { ...everything, existing: { ...existing, keyArn: existing.keyArn.replace(REGION, 'us-east-1') } },
    /existing.keyArn must be in the account and Region of the stack/,
  ],
  [
    {
      ...everything,
      existing: {
        ...existing,
        denyListTableArn: arn('dynamodb', 'table/A').replace(ACCOUNT, '4'.repeat(12)),
      },
    },
    /existing.denyListTableArn must be/,
  ],
  [{ ...undenied, existing }, /existing.denyListTableArn is for roleSessions/],
])('%j is refused', (props, message) => {
  expect(() => new SessionRevocationStack(templateApp(), 'Theirs', props)).toThrow(message);
});
