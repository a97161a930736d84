import { readFileSync } from 'node:fs';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SessionRevocationStack, type SessionRevocationStackProps } from '../../infra/index.ts';
import { alarmsOfStack } from '../support/alarms.ts';
import { templateApp } from '../support/template-app.ts';

const alarms = alarmsOfStack();
const runbook = readFileSync('docs/runbook.md', 'utf8');

const synthesized = (props: SessionRevocationStackProps) => {
  const stack = new SessionRevocationStack(templateApp(), 'Alarmed', props);
  return { stack, template: Template.fromStack(stack) };
};

/** Each alarm with what it watches. `service` names the function that publishes a metric of our own. */
const WATCHED: [id: string, watches: Record<string, unknown>][] = [
  ['RevocationsDeadLettersAlarm', { metric: 'ApproximateNumberOfMessagesVisible', threshold: 0 }],
  ['RevocationsLate', { metric: 'ApproximateAgeOfOldestMessage', threshold: 300, periodSeconds: 60 }],
  ['BulkDeadLettersAlarm', { metric: 'ApproximateNumberOfMessagesVisible', threshold: 0 }],
  ['BulkLate', { metric: 'ApproximateAgeOfOldestMessage', threshold: 3_600 }],
  ['ReportsDeadLettersAlarm', { metric: 'ApproximateNumberOfMessagesVisible', threshold: 0 }],
  ['AccessRemovalsDeadLettersAlarm', { metric: 'ApproximateNumberOfMessagesVisible', threshold: 0 }],
  ['EndedAssignmentsDeadLettersAlarm', { metric: 'ApproximateNumberOfMessagesVisible', threshold: 0 }],
  ['NoticesDeadLettersAlarm', { metric: 'ApproximateNumberOfMessagesVisible', threshold: 0 }],
  ['TellErrors', { metric: 'Errors', threshold: 0 }],
  ['WorkerNobody', { metric: 'Message:nobody', service: 'work', threshold: 0 }],
  ['WorkerErrors', { metric: 'Errors', threshold: 0 }],
  ['WorkerRejected', { metric: 'SessionRejected', service: 'work', threshold: 0 }],
  [
    'WorkerPortalFails',
    { metric: 'PortalFailed', service: 'work', evaluationPeriods: 5, datapointsToAlarm: 2 },
  ],
  ['WorkerPortalThrottles', { metric: 'PortalThrottled', service: 'work', evaluationPeriods: 5 }],
  ['RetriedRemoval', { metric: 'RetriedSeconds:removals', service: 'work', threshold: 300 }],
  ['RetriedBulk', { metric: 'RetriedSeconds:bulk', service: 'work', threshold: 900 }],
  ['SlowRemoval', { metric: 'SecondsToEnd:event', service: 'work', threshold: 900 }],
  ['RevokeRejected', { metric: 'SessionRejected', service: 'revoke', threshold: 0 }],
  ['RevokePortalFails', { metric: 'PortalFailed', service: 'revoke' }],
  ['RevokePortalThrottles', { metric: 'PortalThrottled', service: 'revoke' }],
  ['NotYourSession', { metric: 'Refused:not-your-session', service: 'register-own-session', threshold: 0 }],
  ['JwtApiFailures', { metric: '5xx', namespace: 'AWS/ApiGateway', threshold: 0 }],
  ['ApiFailures', { metric: '5xx', namespace: 'AWS/ApiGateway', threshold: 0 }],
  ['SweepErrors', { metric: 'Errors', threshold: 0 }],
  ['SweepSilence', { metric: 'Invocations', missing: 'breaching' }],
  ['ReconcileErrors', { metric: 'Errors', threshold: 0 }],
  ['ReconcileSilence', { metric: 'Invocations', missing: 'breaching' }],
  ['DenyListNotDenied', { metric: 'DenyList:usersWithoutRoom', service: 'reconcile', threshold: 0 }],
  ['DenyListDamaged', { metric: 'DenyList:unreadable', service: 'reconcile', threshold: 0 }],
  ['DenyListNearlyFull', { metric: 'DenyList:percentFull', service: 'reconcile', threshold: 80 }],
  ['AccessLeft', { metric: 'AccessLeft', service: 'remove-access', threshold: 0 }],
  ['RemoveAccessErrors', { metric: 'Errors', threshold: 0 }],
  ['EndAssignmentsErrors', { metric: 'Errors', threshold: 0 }],
];

test.each(WATCHED)('the alarm %s watches %j', (id, watches) => {
  expect(alarms.find((alarm) => alarm.id === id)).toMatchObject(watches);
});

test('there are no other alarms', () => {
  expect(alarms.map(({ id }) => id).sort()).toEqual(WATCHED.map(([id]) => id).sort());
});

test('without data, only the alarms on silence are raised, because functions publish no zeros', () => {
  for (const { id, missing } of alarms)
    expect({ id, missing }).toEqual({ id, missing: id.endsWith('Silence') ? 'breaching' : 'notBreaching' });
});

/** Builds the anchors that GitHub builds for headings. */
const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-'),
);

test('each alarm says what it means for people, the first command, and the section of the runbook', () => {
  for (const { id, description } of alarms) {
    const [, meaning = '', anchor = ''] =
      /^(.+?) First: aws .+ Then: docs\/runbook\.md#([\w-]+)$/.exec(description) ?? [];
    expect({ id, anchor }).toEqual({
      id,
      anchor: expect.stringMatching(new RegExp(`^(${anchors.join('|')})$`)),
    });
    expect({ id, meaning }).toEqual({
      id,
      meaning: expect.stringMatching(/[Ss]omebody|person|people|Whoever|Who left|Nobody/),
    });
  }
});

test("each description fits into CloudWatch's 1,024 characters, with references of 90", () => {
  for (const { id, description } of alarms) {
    const length = description.replaceAll('<reference>', 'x'.repeat(90)).length;
    expect({ id, fits: length <= 1_024 }).toEqual({ id, fits: true });
  }
});

test('each section of the runbook belongs to an alarm', () => {
  const named = new Set(alarms.map(({ description }) => description.split('docs/runbook.md#')[1]));
  const sections = runbook.split('# Alarms\n')[1]?.split(/^# /m)[0] ?? '';
  const headings = [...sections.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  // The forwarding stack's alarm: see removal-event-forwarding.test.ts.
  named.add('events-are-not-forwarded');
  expect(headings.filter((heading) => !named.has(heading))).toEqual([]);
  expect(headings.length).toBeGreaterThan(10);
});

test('each section of an alarm has a meaning, what to look at, and AWS CLI lines', () => {
  const sections = (runbook.split('# Alarms\n')[1]?.split(/^# /m)[0] ?? '').split(/^## /m).slice(1);
  for (const section of sections) {
    const [heading] = section.split('\n');
    const has = ['\nMeans: ', '\nLook at: ', '```sh\naws '].map((part) => section.includes(part));
    expect({ heading, has }).toEqual({ heading, has: [true, true, true] });
  }
});

test('the construct exposes its alarms, so that an app can add actions', () => {
  const { stack, template } = synthesized({});
  template.resourceCountIs('AWS::CloudWatch::Alarm', stack.revocation.alarms.length);
  expect(stack.revocation.alarms.length).toBeGreaterThan(10);
});

test('without alarmEmail, no alarm has an action and there is no topic', () => {
  const { template } = synthesized({});
  for (const type of ['AWS::SNS::Topic', 'AWS::SNS::Subscription', 'AWS::SNS::TopicPolicy'])
    template.resourceCountIs(type, 0);
  template.resourceCountIs('AWS::KMS::Key', 1);
  template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: Match.absent() });
});

test('with alarmEmail, an encrypted topic that only CloudWatch of this account may use sends each alarm and its end', () => {
  const { template } = synthesized({ alarmEmail: 'on-call@example.com' });
  const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
  template.allResourcesProperties('AWS::CloudWatch::Alarm', {
    AlarmActions: [{ Ref: topic }],
    OKActions: [{ Ref: topic }],
  });
  const [key] = Object.keys(template.findResources('AWS::KMS::Key')).filter((id) => id.includes('AlarmKey'));
  template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: { 'Fn::GetAtt': [key, 'Arn'] } });
  template.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'on-call@example.com',
    TopicArn: { Ref: topic },
  });
  const byCloudWatch = { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' } };
  const ofThisAccount = {
    StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    ArnLike: { 'aws:SourceArn': Match.anyValue() },
  };
  template.hasResourceProperties('AWS::KMS::Key', {
    EnableKeyRotation: true,
    KeyPolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          ...byCloudWatch,
          Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          Condition: Match.absent(),
        }),
      ]),
    },
  });
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        Match.objectLike({ ...byCloudWatch, Action: 'sns:Publish', Condition: ofThisAccount }),
      ]),
    },
  });
});

test('alarms use an existing topic, and no topic is created', () => {
  const alarmTopicArn = 'arn:aws:sns:eu-west-1:111122223333:on-call';
  const { template } = synthesized({ alarmTopicArn });
  template.allResourcesProperties('AWS::CloudWatch::Alarm', {
    AlarmActions: [alarmTopicArn],
    OKActions: [alarmTopicArn],
  });
  template.resourceCountIs('AWS::SNS::Topic', 0);
  template.resourceCountIs('AWS::KMS::Key', 1);
});

test.each([
  [{ alarmEmail: 'on-call' }, 'alarmEmail must be one e-mail address'],
  [{ alarmEmail: 'a@example.com, b@example.com' }, 'alarmEmail must be one e-mail address'],
  [{ alarmTopicArn: 'on-call' }, 'alarmTopicArn must be the ARN'],
  [{ alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:on-call.fifo' }, 'alarmTopicArn must be the ARN'],
  [
    { alarmEmail: 'on-call@example.com', alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:on-call' },
    'Give alarmEmail or alarmTopicArn, not both',
  ],
])('%j is refused', (props, message) => {
  expect(() => synthesized(props)).toThrow(message);
});
