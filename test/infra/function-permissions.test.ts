import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { assembly } from '../support/synth.ts';

const template = Template.fromJSON(
  JSON.parse(readFileSync(join(assembly, 'SessionRevocation.template.json'), 'utf8')),
);

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

/** What each function may do, as `Action on LogicalId`, from its role's policies alone. */
function permissions(): Record<string, string[]> {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  return Object.fromEntries(
    functions.map(({ Properties: { Role, Environment } }) => {
      const role: string = Role['Fn::GetAtt'][0];
      const own = policies.filter(({ Properties }) =>
        Properties.Roles.some((of: { Ref: string }) => of.Ref === role),
      );
      const statements: Statement[] = own.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
      const granted = statements.flatMap(({ Action, Resource }) =>
        [Action]
          .flat()
          .flatMap((action) => [Resource].flat().map((resource) => `${action} on ${nameOf(resource)}`)),
      );
      return [Environment.Variables.POWERTOOLS_SERVICE_NAME, [...new Set(granted)].sort()];
    }),
  );
}

function nameOf(resource: unknown): string {
  const text = JSON.stringify(resource);
  const known =
    /"SessionRevocation(TokenCacheTable|TokenCacheKey|RecordsTable|RevocationsQueue|BulkQueue|ReportsQueue|EndedAssignmentsQueue|AccessRemovalsQueue|NoticesQueue|DenyListTable|DenyListQueue|DenyListPolicy|\w+Logs)|:(identitystore):|:(event-bus)\/default"|:sso:::(instance|permissionSet|account)\b/;
  const [, ours, service, bus, ofCenter] = known.exec(text) ?? [];
  const name = ours ?? service ?? bus ?? ofCenter ?? text;
  return text.includes('/index/') ? `${name}/index` : name;
}

test('each function has exactly the listed permissions', () => {
  const logs = (name: string) => [`logs:CreateLogStream on ${name}`, `logs:PutLogEvents on ${name}`];
  const on = (resource: string, ...actions: string[]) => actions.map((action) => `${action} on ${resource}`);
  const dynamo = (resource: string, ...actions: string[]) =>
    on(resource, ...actions.map((a) => `dynamodb:${a}`));
  const reads = (queue: string) =>
    on(
      queue,
      ...[
        'ChangeMessageVisibility',
        'DeleteMessage',
        'GetQueueAttributes',
        'GetQueueUrl',
        'ReceiveMessage',
      ].map((action) => `sqs:${action}`),
    );
  const changesTheDenyList = [
    ...dynamo('DenyListTable', 'UpdateItem'),
    ...on('DenyListQueue', 'sqs:SendMessage'),
  ];
  const ofAccess = [
    ...dynamo('RecordsTable', 'PutItem', 'Query', 'UpdateItem'),
    ...on('identitystore', 'identitystore:DescribeUser', 'identitystore:ListGroupMembershipsForMember'),
    ...on('instance', 'sso:ListAccountAssignmentsForPrincipal'),
  ];
  /** Changing an assignment requires the right on all three. */
  const assignments = (change: string, status: string) => [
    ...['instance', 'permissionSet', 'account'].flatMap((resource) => on(resource, change)),
    ...on('instance', status),
  ];
  const announces = on('NoticesQueue', 'sqs:SendMessage');
  const registers = [
    ...dynamo('TokenCacheTable', 'DeleteItem', 'GetItem', 'PutItem', 'Query'),
    ...dynamo('TokenCacheTable/index', 'Query'),
    ...dynamo('RecordsTable', 'PutItem', 'Query'),
    ...on('TokenCacheKey', 'kms:GenerateDataKey'),
    ...on('identitystore', 'identitystore:DescribeUser'),
    ...on('ReportsQueue', 'sqs:SendMessage'),
    ...announces,
  ];
  const expected = {
    revoke: [
      ...dynamo('TokenCacheTable', 'BatchWriteItem', 'DeleteItem', 'PutItem', 'Query', 'UpdateItem'),
      ...dynamo('TokenCacheTable/index', 'Query'),
      ...dynamo('RecordsTable', 'PutItem', 'Query', 'UpdateItem'),
      ...dynamo('RecordsTable/index', 'Query'),
      ...on('TokenCacheKey', 'kms:Decrypt', 'kms:GenerateDataKey'),
      ...on('identitystore', 'identitystore:DescribeUser', 'identitystore:GetUserId'),
      ...on('RevocationsQueue', 'sqs:SendMessage'),
      ...announces,
      ...changesTheDenyList,
      ...logs('RevokeLogs'),
    ],
    'revoke-everyone': [
      ...dynamo('TokenCacheTable', 'Query', 'UpdateItem'),
      ...dynamo('RecordsTable', 'PutItem', 'Query'),
      ...on('BulkQueue', 'sqs:SendMessage'),
      ...changesTheDenyList,
      ...logs('RevokeEveryoneLogs'),
    ],
    'read-revocation': [...dynamo('RecordsTable', 'Query'), ...logs('ReadRevocationLogs')],
    'list-revocations': [
      ...dynamo('RecordsTable', 'Query'),
      ...dynamo('RecordsTable/index', 'Query'),
      ...on('identitystore', 'identitystore:DescribeUser'),
      ...logs('ListRevocationsLogs'),
    ],
    'register-own-session': [
      ...registers,
      ...on('identitystore', 'identitystore:GetUserId'),
      ...logs('RegisterOwnSessionLogs'),
    ],
    'register-session': [...registers, ...logs('RegisterSessionLogs')],
    'list-sessions': [...dynamo('TokenCacheTable', 'Query'), ...logs('ListSessionsLogs')],
    work: [
      ...dynamo(
        'TokenCacheTable',
        ...['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'],
      ),
      ...dynamo('RecordsTable', 'PutItem', 'Query', 'UpdateItem'),
      ...dynamo('RecordsTable/index', 'Query'),
      ...on('TokenCacheKey', 'kms:Decrypt', 'kms:GenerateDataKey'),
      ...on('identitystore', 'identitystore:DescribeUser', 'identitystore:GetUserId'),
      ...['RevocationsQueue', 'BulkQueue', 'ReportsQueue'].flatMap(reads),
      ...['RevocationsQueue', 'BulkQueue', 'AccessRemovalsQueue', 'NoticesQueue'].flatMap((queue) =>
        on(queue, 'sqs:SendMessage'),
      ),
      ...changesTheDenyList,
      ...dynamo('DenyListTable', 'Query'),
      ...logs('WorkerLogs'),
    ],
    'remove-access': [
      ...ofAccess,
      ...assignments('sso:DeleteAccountAssignment', 'sso:DescribeAccountAssignmentDeletionStatus'),
      ...on('identitystore', 'identitystore:DescribeGroup', 'identitystore:DeleteGroupMembership'),
      ...reads('AccessRemovalsQueue'),
      ...on('AccessRemovalsQueue', 'sqs:SendMessage'),
      ...announces,
      ...changesTheDenyList,
      ...logs('RemoveAccessLogs'),
    ],
    'restore-access': [
      ...ofAccess,
      ...assignments('sso:CreateAccountAssignment', 'sso:DescribeAccountAssignmentCreationStatus'),
      ...on('identitystore', 'identitystore:CreateGroupMembership'),
      ...logs('RestoreAccessLogs'),
    ],
    'lift-denial': [
      ...changesTheDenyList,
      ...dynamo('DenyListTable', 'Query'),
      ...dynamo('TokenCacheTable', 'UpdateItem'),
      ...logs('LiftDenialLogs'),
    ],
    'lift-everyone': [
      ...changesTheDenyList,
      ...dynamo('DenyListTable', 'Query'),
      ...logs('LiftEveryoneLogs'),
    ],
    tell: [
      ...dynamo('RecordsTable', 'Query'),
      ...reads('NoticesQueue'),
      ...on('event-bus', 'events:PutEvents'),
      ...logs('TellLogs'),
    ],
    reconcile: [
      ...announces,
      ...dynamo('DenyListTable', 'Scan', 'UpdateItem'),
      ...dynamo('RecordsTable', 'UpdateItem'),
      ...on('DenyListPolicy', 'organizations:DescribePolicy', 'organizations:UpdatePolicy'),
      ...reads('DenyListQueue'),
      ...on('DenyListQueue', 'sqs:SendMessage'),
      ...logs('ReconcileLogs'),
    ],
    sweep: [
      ...dynamo('TokenCacheTable', 'BatchGetItem', 'Query'),
      ...dynamo('TokenCacheTable/index', 'Scan'),
      ...dynamo('DenyListTable', 'Scan'),
      ...on('identitystore', 'identitystore:DescribeUser', 'identitystore:ListUsers'),
      ...on('ReportsQueue', 'sqs:SendMessage'),
      ...logs('SweepLogs'),
    ],
    'end-assignments': [
      ...dynamo('DenyListTable', 'Query'),
      ...changesTheDenyList,
      ...dynamo('RecordsTable', 'PutItem', 'Query'),
      ...on('identitystore', 'identitystore:DescribeUser'),
      ...on('instance', 'sso:DescribePermissionSet', 'sso:ListAccountAssignmentsForPrincipal'),
      ...on('permissionSet', 'sso:DescribePermissionSet'),
      ...reads('EndedAssignmentsQueue'),
      ...logs('EndAssignmentsLogs'),
    ],
    'unknown-route': logs('UnknownRouteLogs'),
  };
  const sorted = Object.entries(expected).map(([fn, grants]) => [fn, grants.toSorted()]);
  expect(permissions()).toEqual(Object.fromEntries(sorted));
});

test('no function may delete a record, by any action', () => {
  const deleting = /^dynamodb:(DeleteItem|BatchWriteItem|PartiQL\w*|TransactWriteItems|\*) on RecordsTable/;
  expect(
    Object.values(permissions())
      .flat()
      .filter((grant) => deleting.test(grant)),
  ).toEqual([]);
});

test('no right to list or scan includes the ciphertext', () => {
  const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }): { Action: string | string[]; Condition?: Record<string, Record<string, unknown>> }[] =>
      Properties.PolicyDocument.Statement,
  );
  const projected = statements.flatMap(
    ({ Condition }) => Condition?.['ForAllValues:StringEquals']?.['dynamodb:Attributes'] ?? [],
  );
  expect(projected).toContain('registeredAt');
  expect(projected).not.toContain('ciphertext');
});

test('no role has managed or inline policies besides its own policy', () => {
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role'))) {
    expect(Properties.ManagedPolicyArns).toBeUndefined();
    expect(Properties.Policies).toBeUndefined();
  }
});
