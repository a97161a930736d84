import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { RevocationsInChat } from '../../examples/own-cdk-app/chat.ts';
import { SessionRevocationStack, type SessionRevocationStackProps } from '../../infra/index.ts';
import { OUTGOING_EVENTS, OUTGOING_SOURCE } from '../../lambda/domain/outgoing-event.ts';
import { compilePattern } from '../../local/messaging/event-pattern.ts';
import { documentedSchemas } from '../support/event-schemas.ts';
import { templateApp } from '../support/template-app.ts';

const BUS = 'arn:aws:events:eu-west-1:999988887777:event-bus/security';

const templateOf = (props: SessionRevocationStackProps = {}) =>
  Template.fromStack(new SessionRevocationStack(templateApp(), 'Told', props));

test('by default, no events are sent and the template has no trace of them', () => {
  const text = JSON.stringify(templateOf().toJSON());
  expect(text).not.toMatch(/Notices|NOTICES_QUEUE_URL|EVENT_BUS|PutEvents|Tell/);
});

test.each([
  ['an empty name', ''],
  ['a name with a space', 'my bus'],
  ['a bus of a partner', 'aws.partner/example.com/x'],
  ['an ARN of something else', 'arn:aws:sns:eu-west-1:111122223333:topic'],
])('%s is refused', (_, eventsTo) => {
  expect(() => templateOf({ eventsTo })).toThrow(
    'eventsTo must be default, or the name or ARN of an event bus',
  );
});

test('the stack refuses to trust the source of its own events', () => {
  expect(() => templateOf({ eventsTo: 'default', eventSource: OUTGOING_SOURCE })).toThrow(
    `eventSource must not be ${OUTGOING_SOURCE}`,
  );
});

test('no rule of the stack matches an event that the stack sends', () => {
  const template = templateOf({
    eventsTo: 'default',
    identityStoreId: 'd-1234567890',
    instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef',
    roleSessions: { targets: ['r-abcd'] },
    denyEndedAssignments: true,
  });
  const rules = Object.values(template.findResources('AWS::Events::Rule'));
  const patterns = rules.flatMap(({ Properties }) => Properties.EventPattern ?? []);
  expect(patterns.length).toBeGreaterThan(3);
  // References do not matter here: a source is always a literal.
  const matches = patterns.map(({ source }) => compilePattern({ source }));
  for (const type of [...OUTGOING_EVENTS, 'User Removed'])
    expect(matches.some((match) => match({ source: OUTGOING_SOURCE, 'detail-type': type }))).toBe(false);
  expect(matches.some((match) => match({ source: 'offboarding' }))).toBe(true);
});

describe('the function that sends events', () => {
  /** What IAM answers to the function's role. */
  async function put(source: string, type: string, resource: string) {
    const policies = Object.values(templateOf({ eventsTo: BUS }).findResources('AWS::IAM::Policy'));
    const statements = policies
      .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('TellRole'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => Action === 'events:PutEvents');
    expect(statements).toHaveLength(1);
    const simulation = {
      request: {
        principal: 'arn:aws:iam::999988887777:role/Tell',
        action: 'events:PutEvents',
        resource: { resource, accountId: '999988887777' },
        contextVariables: { 'events:source': [source], 'events:detail-type': [type] },
      },
      identityPolicies: [{ name: 'Tell', policy: { Version: '2012-10-17', Statement: statements } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    };
    const answer = await runSimulation(simulation, {});
    return answer.resultType === 'error' ? JSON.stringify(answer.errors) : answer.overallResult;
  }

  test.each(OUTGOING_EVENTS)('may send %s', async (type) => {
    expect(await put(OUTGOING_SOURCE, type, BUS)).toBe('Allowed');
  });

  test.each([
    ['a removal', 'offboarding', 'User Removed', BUS],
    ['a removal under its own source', OUTGOING_SOURCE, 'User Removed', BUS],
    ['what another source sends', 'hr', 'Revocation Completed', BUS],
    ['anything to another bus', OUTGOING_SOURCE, 'Revocation Completed', BUS.replace('security', 'default')],
  ])('may not send %s', async (_, source, type, bus) => {
    expect(await put(source, type, bus)).toBe('ImplicitlyDenied');
  });
});

test('the rule of the example posts failed revocations to a chat, and no other event', () => {
  const stack = new Stack(templateApp(), 'Theirs');
  new RevocationsInChat(stack, 'Chat', { slackWorkspaceId: 'T0123456789', slackChannelId: 'C0123456789' });
  const template = Template.fromStack(stack);
  const [rule] = Object.values(template.findResources('AWS::Events::Rule'));
  const matches = compilePattern(rule?.Properties.EventPattern);
  const posted = OUTGOING_EVENTS.filter((type) => matches({ source: OUTGOING_SOURCE, 'detail-type': type }));
  expect(posted).toEqual(['Revocation Failed']);
  expect(matches({ source: 'hr', 'detail-type': 'Revocation Failed' })).toBe(false);
  const [target] = rule?.Properties.Targets ?? [];
  const topic = Object.keys(template.findResources('AWS::SNS::Topic'))[0];
  expect(target).toMatchObject({ Arn: { Ref: topic }, DeadLetterConfig: { Arn: expect.anything() } });
  const paths = Object.values<string>(target.InputTransformer.InputPathsMap);
  const { properties = {} } = documentedSchemas().get('Revocation Failed') ?? {};
  for (const path of paths) expect(properties).toHaveProperty(path.replace('$.detail.', ''));
  template.hasResourceProperties('AWS::Chatbot::SlackChannelConfiguration', {
    SnsTopicArns: [{ Ref: topic }],
  });
});
