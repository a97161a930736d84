import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SessionRevocation, type SessionRevocationProps } from '../../infra/index.ts';
import { toRemoval } from '../../lambda/domain/detect/removal.ts';
import { anEvent, OKTA_SOURCE, OTHER_ACCOUNT, SENDERS, STORE, USER_ID } from '../support/events.ts';
import { assembly } from '../support/synth.ts';

interface Pattern {
  source: (string | { prefix: string })[];
  account?: unknown[];
  'detail-type': string[];
  detail?: {
    eventSource?: string[];
    eventName?: string[];
    eventType?: string[];
    requestParameters?: unknown;
  };
}

const synthesized = Template.fromJSON(
  JSON.parse(readFileSync(join(assembly, 'SessionRevocation.template.json'), 'utf8')),
);

/** The patterns of the rules for removals, by sender. */
function patternsIn(template: Template): Record<string, Pattern> {
  const rules = Object.entries(template.findResources('AWS::Events::Rule'));
  return Object.fromEntries(
    rules.flatMap(([id, { Properties }]): [string, Pattern][] => {
      const [, sender] = /Removals(Native|CloudTrail|Own|Okta)[0-9A-F]{8}$/.exec(id) ?? [];
      return sender === undefined ? [] : [[sender, Properties.EventPattern]];
    }),
  );
}

const patterns = patternsIn(synthesized);

/** The template of an app's own stack, without bundling. */
function theirs(props: SessionRevocationProps): Template {
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Theirs');
  new SessionRevocation(stack, 'Revocation', props);
  return Template.fromStack(stack);
}

/** An event for every name in a rule, with fields in which the parser can find a user. */
function eventsOf({ source: [source], detail, ...pattern }: Pattern) {
  const names = detail?.eventName ?? detail?.eventType ?? [undefined];
  return pattern['detail-type'].flatMap((type) =>
    (detail?.eventSource ?? [undefined]).flatMap((eventSource) =>
      names.map((name) => {
        const event = anEvent({
          source: typeof source === 'object' ? `${source.prefix}identitystore` : String(source),
          'detail-type': type,
          detail: {
            userId: USER_ID,
            eventSource,
            eventName: name,
            eventType: name,
            requestParameters: { userId: USER_ID },
            outcome: { result: 'SUCCESS' },
            target: [{ type: 'User', alternateId: 'jdoe@example.com' }],
          },
        });
        return [`${eventSource ?? event.source} ${name ?? ''} ${type}`, event] as const;
      }),
    ),
  );
}

const events = Object.values(patterns).flatMap(eventsOf);

test('the rules name the events of four senders', () => {
  expect(Object.keys(patterns).sort()).toEqual(['CloudTrail', 'Native', 'Okta', 'Own']);
  // 3 services with 6 calls each, of 2 detail types; 3 events of the identity store, our own, 3 of Okta.
  expect(events).toHaveLength(3 * 6 * 2 + 3 + 1 + 3);
});

test.each(events)('the parser understands each event that a rule matches: %s', (_name, event) => {
  expect(['revoke', 'ask', 'return']).toContain(toRemoval(event, SENDERS).kind);
});

const ownAccount = { Ref: 'AWS::AccountId' };

test("an event of CloudTrail must come from AWS and the stack's account, and name the configured store or none", () => {
  expect(patterns.CloudTrail).toMatchObject({
    source: [{ prefix: 'aws.' }],
    account: [ownAccount],
    'detail-type': ['AWS API Call via CloudTrail', 'AWS Service Event via CloudTrail'],
    detail: {
      errorCode: [{ exists: false }],
      requestParameters: { identityStoreId: [STORE, { exists: false }] },
    },
  });
});

test("an event of the identity store must come from the stack's account", () => {
  expect(patterns.Native).toEqual({
    source: ['aws.identitystore'],
    account: [ownAccount],
    // CloudTrail has the same source. New users and changed groups are no removals.
    'detail-type': ['User Deleted', 'User Disabled', 'User Updated'],
  });
});

test('an event of Okta must have the name of the bus as its source', () => {
  expect(patterns.Okta?.source).toEqual([OKTA_SOURCE]);
});

describe('with configured senders', () => {
  const template = theirs({
    identityStoreId: STORE,
    eventSource: 'hr',
    eventAccounts: [OTHER_ACCOUNT],
    oktaEventBusName: OKTA_SOURCE,
  });

  test("the rules trust the configured accounts and the stack's own", () => {
    const { CloudTrail, Native } = patternsIn(template);
    for (const pattern of [CloudTrail, Native]) expect(pattern?.account).toEqual([ownAccount, OTHER_ACCOUNT]);
  });

  test('the worker trusts the same senders as the rules', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          POWERTOOLS_SERVICE_NAME: 'work',
          OWN_EVENT_SOURCE: 'hr',
          EVENT_ACCOUNTS: { 'Fn::Join': ['', [ownAccount, `,${OTHER_ACCOUNT}`]] },
          OKTA_EVENT_SOURCE: OKTA_SOURCE,
          IDENTITY_STORE_ID: STORE,
        },
      },
    });
  });
});

describe('with no configured sender', () => {
  const { CloudTrail } = patternsIn(theirs({}));

  test('no event is rejected for its identity store', () => {
    expect(CloudTrail?.account).toEqual([ownAccount]);
    expect(CloudTrail?.detail).not.toHaveProperty('requestParameters');
  });

  test('EnableUser is matched, although there is no deny list', () => {
    expect(CloudTrail?.detail?.eventName).toContain('EnableUser');
  });
});
