import { createServer, type Server } from 'node:http';
import { api } from '../../cli/doctor/api.ts';
import { caller } from '../../cli/doctor/caller.ts';
import { type Check, examined, type Patient } from '../../cli/doctor/finding.ts';
import { identityStore } from '../../cli/doctor/identity-store.ts';
import { key } from '../../cli/doctor/key.ts';
import { patientOf } from '../../cli/doctor/patient.ts';
import { policies } from '../../cli/doctor/policies.ts';
import { rules } from '../../cli/doctor/rules.ts';
import { trail } from '../../cli/doctor/trail.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { Failure } from '../../cli/failure.ts';
import { closeServer, listen, localUrl, readBody } from '../../local/ground/http-server.ts';
import { roleCredentials } from '../support/callers.ts';
import { credentialsOf, homeWith, KEYS, runIcr } from '../support/icr.ts';
import { start } from '../support/running-stack.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1';
const SCP = { Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' };

/** AWS's answers by operation. The name of an Error is the code of a refusal. */
let answers: Record<string, unknown>;
let server: Server;
const before = { ...process.env };

/** Supports the JSON protocols by X-Amz-Target, and the query protocol by Action. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = String(await readBody(request, 100_000));
    const target = String(request.headers['x-amz-target'] ?? '')
      .split('.')
      .pop();
    const operation = target || (new URLSearchParams(body).get('Action') ?? '');
    const answer = answers[operation];
    if (answer instanceof Error)
      return void response
        .writeHead(400, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': answer.name })
        .end(JSON.stringify({ __type: answer.name, message: 'canary-of-aws' }));
    if (typeof answer === 'string')
      return void response.writeHead(200, { 'content-type': 'text/xml' }).end(answer);
    response
      .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(answer ?? {}));
  });
  process.env.AWS_ENDPOINT_URL = localUrl(await listen(server, 0));
});
afterAll(async () => {
  process.env = before;
  await closeServer(server);
});

const refused = (name: string) => Object.assign(new Error(), { name });

function patient(more: Partial<Patient> = {}): Patient {
  return {
    region: 'eu-west-1',
    credentials: async () => KEYS,
    calls: { sessionsOf: async () => ({ sessions: [] }) },
    outputs: new Map([['TokenKeyArn', KEY]]),
    resources: async (type) => [type === 'AWS::Events::Rule' ? 'removed' : 'p-1'],
    identityStore: 'd-1234567890',
    ...more,
  };
}

const TRAIL = {
  Name: 'audit',
  TrailARN: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit',
  IsMultiRegionTrail: true,
};
const LOGGING = {
  DescribeTrails: { trailList: [TRAIL] },
  GetTrailStatus: { IsLogging: true },
  GetEventSelectors: { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }] },
};
const ATTACHED = {
  ListRoots: { Roots: [{ Id: 'r-1', PolicyTypes: [SCP] }] },
  ListTargetsForPolicy: { Targets: [{ TargetId: 'r-1' }] },
  DescribePolicy: { Policy: { Content: 'x'.repeat(240) } },
};
const identity =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::1:me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>';
const instances = (IdentityStoreId: string) => ({ ListInstances: { Instances: [{ IdentityStoreId }] } });
const down = async () => {
  throw new Failure(EXIT.unavailable, 'Nothing listens at x: check --api.');
};

test.each<[string, Check, Record<string, unknown>, Partial<Patient>, string, RegExp]>([
  [
    'credentials that AWS takes',
    caller,
    { GetCallerIdentity: identity },
    {},
    'ok',
    /you are arn:aws:sts::1:me/,
  ],
  ['an API that answers', api, {}, {}, 'ok', /it answers/],
  ['an API that does not', api, {}, { calls: { sessionsOf: down } }, 'problem', /check --api/],
  [
    'the identity store of the instance',
    identityStore,
    instances('d-1234567890'),
    {},
    'ok',
    /is that of the instance/,
  ],
  ['another one', identityStore, instances('d-9999999999'), {}, 'problem', /-c identityStoreId=d-9999999999/],
  ['no instance', identityStore, { ListInstances: { Instances: [] } }, {}, 'problem', /primary Region/],
  [
    'an identity store that is not told',
    identityStore,
    instances('d-1'),
    { identityStore: undefined },
    'not known',
    /--identity-store/,
  ],
  ['a trail that logs', trail, LOGGING, {}, 'ok', /audit logs management events of all Regions/],
  [
    'a trail that is stopped',
    trail,
    { ...LOGGING, GetTrailStatus: { IsLogging: false } },
    {},
    'problem',
    /create a trail/,
  ],
  [
    'a trail of reads only',
    trail,
    {
      ...LOGGING,
      GetEventSelectors: { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'ReadOnly' }] },
    },
    {},
    'problem',
    /create a trail/,
  ],
  [
    'advanced selectors',
    trail,
    {
      ...LOGGING,
      GetEventSelectors: {
        AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] }],
      },
    },
    {},
    'ok',
    /audit/,
  ],
  [
    'advanced selectors of reads only',
    trail,
    {
      ...LOGGING,
      GetEventSelectors: {
        AdvancedEventSelectors: [
          {
            FieldSelectors: [
              { Field: 'eventCategory', Equals: ['Management'] },
              { Field: 'readOnly', Equals: ['true'] },
            ],
          },
        ],
      },
    },
    {},
    'problem',
    /create a trail/,
  ],
  ['no trail', trail, { DescribeTrails: { trailList: [] } }, {}, 'problem', /none of 0 trails/],
  ['rules that are enabled', rules, { DescribeRule: { State: 'ENABLED' } }, {}, 'ok', /all 1 are enabled/],
  [
    'a rule that is disabled',
    rules,
    { DescribeRule: { State: 'DISABLED' } },
    {},
    'problem',
    /enable-rule --name removed/,
  ],
  ['rules without the stack', rules, {}, { outputs: undefined }, 'not known', /--stack/],
  [
    'a policy that is attached',
    policies,
    ATTACHED,
    {},
    'ok',
    /1 targets, with room for 10000 of 10240 characters/,
  ],
  [
    'a policy that is not',
    policies,
    { ...ATTACHED, ListTargetsForPolicy: { Targets: [] } },
    {},
    'problem',
    /attach-policy --policy-id p-1/,
  ],
  [
    'a policy that is full',
    policies,
    { ...ATTACHED, DescribePolicy: { Policy: { Content: 'x'.repeat(10_000) } } },
    {},
    'problem',
    /denyPolicies/,
  ],
  [
    'policies that are not enabled',
    policies,
    { ...ATTACHED, ListRoots: { Roots: [{ Id: 'r-1', PolicyTypes: [] }] } },
    {},
    'problem',
    /enable-policy-type --root-id r-1/,
  ],
  ['a stack without policies', policies, {}, { resources: async () => [] }, 'ok', /none of its own/],
  [
    'a key that is enabled',
    key,
    { DescribeKey: { KeyMetadata: { KeyId: '1', KeyState: 'Enabled' } } },
    {},
    'ok',
    /enabled/,
  ],
  [
    'a key that is disabled',
    key,
    { DescribeKey: { KeyMetadata: { KeyId: '1', KeyState: 'Disabled' } } },
    {},
    'problem',
    /enable-key/,
  ],
  [
    'a key that is about to go',
    key,
    { DescribeKey: { KeyMetadata: { KeyId: '1', KeyState: 'PendingDeletion' } } },
    {},
    'problem',
    /cancel-key-deletion/,
  ],
])('%s', async (_name, check, given, more, result, text) => {
  answers = given;
  const finding = await examined(check, patient(more));
  expect(finding.result).toBe(result);
  expect(`${finding.detail} ${finding.todo ?? ''}`).toMatch(text);
});

test.each([identityStore, trail, rules, policies, key])(
  '$name reports not known if the role may not look',
  async (check) => {
    const denied = refused('AccessDeniedException');
    answers = {
      ListInstances: denied,
      DescribeTrails: denied,
      DescribeRule: denied,
      ListRoots: denied,
      DescribeKey: denied,
    };
    const finding = await examined(check, patient());
    expect(finding).toMatchObject({
      result: 'not known',
      detail: 'your role may not look (AccessDeniedException)',
    });
    expect(JSON.stringify(finding)).not.toContain('canary');
  },
);

test('outputs and resources come from the stack', async () => {
  answers = {
    DescribeStacks: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>s</StackName><Outputs><member><OutputKey>ApiUrl</OutputKey><OutputValue>https://api</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    ListStackResources: `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member><ResourceType>AWS::Events::Rule</ResourceType><PhysicalResourceId>one</PhysicalResourceId></member><member><ResourceType>AWS::SQS::Queue</ResourceType><PhysicalResourceId>two</PhysicalResourceId></member></StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`,
  };
  const connection = {
    calls: {} as never,
    address: { url: 'https://api', region: 'eu-west-1' },
    credentials: async () => KEYS,
  };
  const found = await patientOf(connection, 's', undefined);
  expect(found.outputs?.get('ApiUrl')).toBe('https://api');
  expect(await found.resources('AWS::Events::Rule')).toEqual(['one']);
});

test("icr doctor --try against the local stack registers and ends a session of one's own, if asked to", async () => {
  const running = await start();
  const place = homeWith('work');
  process.env.AWS_CONFIG_FILE = place.config;
  answers = { GetCallerIdentity: identity, ...instances('d-0000000000'), ...LOGGING };
  try {
    const file = running.stack.emulator.signIns.signIn({ userName: 'doctor@example.com' });
    place.signIn('work', file);
    const credentials = credentialsOf(await roleCredentials(running.stack.emulator.url, file.accessToken));
    const args = ['doctor', '--api', running.stack.url, '--identity-store', 'd-0000000000', '--try', 'work'];
    const unasked = await runIcr(args, { home: place.home, credentials });
    expect(unasked.out).toMatch(/not known {2}a session: it was not tried/);
    const { code, out } = await runIcr([...args, '--yes'], { home: place.home, credentials });
    expect(out).toMatch(/ok {9}a session: it was registered, found, ended and recorded, by user\./);
    expect(out).toMatch(/not known {2}rules: .*\n {11}To do: give --stack NAME/);
    expect(code).toBe(0);
    expect(running.stack.emulator.signIns.userOf(file.accessToken)).toBeUndefined();
    expect(out).not.toContain(file.accessToken);
  } finally {
    place.remove();
    await running.close();
  }
}, 30_000);
