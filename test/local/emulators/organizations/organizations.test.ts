import {
  DescribePolicyCommand,
  ListPoliciesCommand,
  ListTargetsForPolicyCommand,
  OrganizationsClient,
  UpdatePolicyCommand,
} from '@aws-sdk/client-organizations';
import type { Policy } from '../../../../local/emulators/organizations/policies.ts';
import { isServiceControlPolicy } from '../../../../local/emulators/organizations/policy-document.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';
import { createResolver } from '../../../../local/template/intrinsics.ts';
import { createServiceControlPolicies } from '../../../../local/template/organizations-resources.ts';
import { arnOf, assemblyOf } from '../../template/assembly-of.ts';

const statement = { Sid: 'Deny', Effect: 'Deny', Action: '*', Resource: '*' };
const document = (...statements: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements.length > 0 ? statements : [statement] });

let emulator: Emulators;
let client: OrganizationsClient;
let policy: Policy;

beforeEach(async () => {
  emulator = await startEmulators();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const options = { region: 'us-east-1', endpoint: emulator.url, credentials, maxAttempts: 1 };
  client = new OrganizationsClient(options);
  policy = emulator.organizations.create({
    name: 'deny',
    description: 'who is out',
    content: document(),
    targetIds: ['r-ab12', 'ou-ab12-11112222', '111122223333'],
  });
});
afterEach(async () => {
  client.destroy();
  await emulator.close();
});

const describePolicy = (PolicyId = policy.policyId) => client.send(new DescribePolicyCommand({ PolicyId }));
const update = (Content?: string, more: object = {}) =>
  client.send(new UpdatePolicyCommand({ PolicyId: policy.policyId, ...(Content && { Content }), ...more }));

const summary = () => ({
  Id: policy.policyId,
  Arn: policy.arn,
  Name: 'deny',
  Description: 'who is out',
  Type: 'SERVICE_CONTROL_POLICY',
  AwsManaged: false,
});

describe('Organizations', () => {
  it('describes a policy', async () => {
    const { Policy } = await describePolicy();
    expect(Policy).toEqual({ PolicySummary: summary(), Content: document() });
    expect(policy.policyId).toMatch(/^p-[0-9a-zA-Z_]{8,128}$/);
    expect(policy.arn).toMatch(
      /^arn:aws:organizations::\d{12}:policy\/o-[a-z0-9]{10,32}\/[0-9a-z_]+\/p-[0-9a-z]{10,32}$/,
    );
  });

  it('updates the given fields, and returns the policy', async () => {
    const content = document({ ...statement, Sid: 'Other' });
    const { Policy } = await update(content, { Name: 'renamed' });
    expect(Policy).toEqual({ PolicySummary: { ...summary(), Name: 'renamed' }, Content: content });
    await update(undefined, { Description: '' });
    expect((await describePolicy()).Policy).toMatchObject({
      PolicySummary: { Name: 'renamed', Description: '' },
      Content: content,
    });
    expect(emulator.organizations.updates).toMatchObject([{ content }, { content }]);
  });

  it('lists policies, and the targets of one', async () => {
    const { Policies } = await client.send(new ListPoliciesCommand({ Filter: 'SERVICE_CONTROL_POLICY' }));
    expect(Policies).toEqual([summary()]);
    const { policyId: PolicyId } = policy;
    const { Targets } = await client.send(new ListTargetsForPolicyCommand({ PolicyId }));
    expect(Targets).toMatchObject([
      { TargetId: 'r-ab12', Type: 'ROOT', Arn: expect.stringMatching(/:root\/o-[a-z0-9]{10,32}\/r-ab12$/) },
      { TargetId: 'ou-ab12-11112222', Type: 'ORGANIZATIONAL_UNIT' },
      { TargetId: '111122223333', Type: 'ACCOUNT' },
    ]);
  });

  it('shows a change that was not made by a call, and does not count it', async () => {
    emulator.organizations.edit(policy.policyId, 'nonsense');
    expect((await describePolicy()).Policy?.Content).toBe('nonsense');
    expect(emulator.organizations.contentOf(policy.policyId)).toBe('nonsense');
    expect(emulator.organizations.updates).toEqual([]);
    expect(() => emulator.organizations.edit('p-0000000000', '')).toThrow('no policy p-0000000000');
  });

  it.each([
    ['an unknown policy', () => describePolicy('p-0000000000'), { name: 'PolicyNotFoundException' }],
    [
      'what is no policy id',
      () => describePolicy('deny'),
      { name: 'InvalidInputException', Reason: 'INVALID_SYNTAX_POLICY_ID' },
    ],
    ['what is no policy', () => update('{}'), { name: 'MalformedPolicyDocumentException' }],
    [
      'policies of another type',
      () => client.send(new ListPoliciesCommand({ Filter: 'TAG_POLICY' })),
      { name: 'InvalidInputException', Reason: 'INVALID_ENUM_POLICY_TYPE' },
    ],
  ])('refuses %s', async (_, act, error) => {
    await expect(act()).rejects.toMatchObject({ ...error, $metadata: { httpStatusCode: 400 } });
    expect(emulator.organizations.contentOf(policy.policyId)).toBe(document());
  });

  it.each([undefined, 5120])(
    'refuses a policy above its quota of characters (%s)',
    async (quota = 10_240) => {
      if (quota !== emulator.organizations.quota()) emulator.organizations.setQuota(quota);
      const fit = document({
        ...statement,
        Sid: 'x'.repeat(quota - document({ ...statement, Sid: '' }).length),
      });
      expect(fit).toHaveLength(quota);
      await update(fit);
      await expect(update(`${fit} `)).rejects.toMatchObject({
        name: 'ConstraintViolationException',
        Reason: 'POLICY_CONTENT_LIMIT_EXCEEDED',
      });
      expect(emulator.organizations.contentOf(policy.policyId)).toBe(fit);
    },
  );

  it.each([
    [{ fault: 'throttle' }, { name: 'TooManyRequestsException', $metadata: { httpStatusCode: 400 } }],
    [{ fault: 'fail' }, { name: 'ServiceException', $metadata: { httpStatusCode: 500 } }],
    [{ fault: 'reject' }, { name: 'InvalidInputException' }],
    ...['ConcurrentModificationException', 'PolicyChangesInProgressException', 'AccessDeniedException'].map(
      (code) =>
        [
          { fault: 'reject', code },
          { name: code, $metadata: { httpStatusCode: 400 } },
        ] as const,
    ),
  ] as const)('fails with %j if that fault is set', async (fault, error) => {
    emulator.faults.set({ operation: 'organizations:UpdatePolicy', times: 1, ...fault });
    await describePolicy();
    await expect(update(document(statement))).rejects.toMatchObject(error);
    await update(document(statement));
    emulator.faults.set({ operation: 'organizations', times: 1, ...fault });
    await expect(describePolicy()).rejects.toMatchObject(error);
    expect(emulator.requests.map(({ operation, status }) => [operation, (status ?? 0) < 400])).toEqual([
      ['organizations:DescribePolicy', true],
      ['organizations:UpdatePolicy', false],
      ['organizations:UpdatePolicy', true],
      ['organizations:DescribePolicy', false],
    ]);
  });

  it('fails if a control call sets a fault', async () => {
    const set = async (setting: object) => {
      const body = JSON.stringify({ operation: 'organizations:UpdatePolicy', ...setting });
      return (await fetch(`${emulator.url}/_emulator/faults`, { method: 'PUT', body })).status;
    };
    expect(await set({ fault: 'reject', code: 'AccessDeniedException' })).toBe(200);
    await expect(update(document())).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(await set({ fault: 'throttle', code: 'AccessDeniedException' })).toBe(400);
    expect(await set({ fault: 'reject', code: 'no good' })).toBe(400);
  });
});

describe('a service control policy', () => {
  it.each([
    ['one statement that is no list', JSON.stringify({ Version: '2012-10-17', Statement: statement })],
    ['no ids', document({ Effect: 'Deny', NotAction: ['sts:Get*', 'iam:*'], Resource: ['*'] })],
    [
      'a condition',
      document({ ...statement, Condition: { StringEquals: { 'identitystore:UserId': ['a', 'b'] } } }),
    ],
    [
      'a condition on a truth',
      document({ ...statement, Condition: { Bool: { 'aws:ViaAWSService': false } } }),
    ],
  ])('may have %s', (_, content) => {
    expect(isServiceControlPolicy(content)).toBe(true);
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['no version', JSON.stringify({ Statement: [statement] })],
    ['no statement', JSON.stringify({ Version: '2012-10-17', Statement: [] })],
    ['another member', JSON.stringify({ Version: '2012-10-17', Statement: [statement], Extra: 1 })],
    ['a principal', document({ ...statement, Principal: '*' })],
    ['no effect', document({ ...statement, Effect: undefined })],
    ['no action', document({ ...statement, Action: undefined })],
    ['two kinds of actions', document({ ...statement, NotAction: 'iam:*' })],
    ['an empty list of actions', document({ ...statement, Action: [] })],
    ['an action without its service', document({ ...statement, Action: 'GetObject' })],
    ['no resource', document({ ...statement, Resource: undefined })],
    ['an id with other characters', document({ ...statement, Sid: 'a-b' })],
    ['the same id twice', document(statement, statement)],
    ['a condition on nothing', document({ ...statement, Condition: { StringEquals: { 'aws:userid': [] } } })],
    ['a condition that is a text', document({ ...statement, Condition: { StringEquals: 'a' } })],
  ])('is not %s', (_, content) => {
    expect(isServiceControlPolicy(content)).toBe(false);
  });
});

describe('a policy of the template', () => {
  const create = (properties: object) => {
    const Properties = {
      Name: 'Deny',
      Type: 'SERVICE_CONTROL_POLICY',
      Content: JSON.parse(document()),
      TargetIds: ['r-ab12'],
      ...properties,
    };
    const assembly = assemblyOf({ Scp: { Type: 'AWS::Organizations::Policy', Properties } });
    const resolver = createResolver(assembly, 'eu-west-1');
    createServiceControlPolicies(assembly, resolver, emulator.organizations);
    return resolver;
  };

  it('exists under its Ref, with its content', async () => {
    const resolver = create({ Description: 'who is out' });
    const id = resolver.ref('Scp');
    const { Policy } = await describePolicy(id);
    expect(Policy).toEqual({
      PolicySummary: { ...summary(), Id: id, Arn: resolver.resolve(arnOf('Scp')), Name: 'Deny' },
      Content: document(),
    });
    expect(id).toMatch(/^p-[0-9a-z]{10,32}$/);
    expect(emulator.organizations.get(id)?.targetIds).toEqual(['r-ab12']);
  });

  it('may have its content as text', () => {
    const id = create({ Content: document() }).ref('Scp');
    expect(emulator.organizations.contentOf(id)).toBe(document());
  });

  it.each([
    ['of another type', { Type: 'TAG_POLICY' }, 'Scp: the local run does not support a TAG_POLICY'],
    ['without a name', { Name: undefined }, 'Scp: a policy needs a Name'],
    ['without content', { Content: undefined }, 'Scp: its Content is not a service control policy'],
    ['with unknown properties', { Other: 1 }, 'Scp: the local run does not support Other'],
    [
      'above the quota',
      { Content: document({ ...statement, Sid: 'x'.repeat(10_240) }) },
      'Organizations takes 10240',
    ],
  ])('is refused %s', (_, properties, message) => {
    expect(() => create(properties)).toThrow(message);
  });
});
