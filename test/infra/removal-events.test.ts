import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { toRemoval } from '../../lambda/domain/detect/removal.ts';
import { anEvent, OWN_SOURCE, USER_ID } from '../support/events.ts';
import { assembly } from '../support/synth.ts';

interface Pattern {
  source?: string[];
  'detail-type': string[];
  detail?: { eventSource?: string[]; eventName?: string[]; eventType?: string[] };
}

const template = Template.fromJSON(
  JSON.parse(readFileSync(join(assembly, 'SessionRevocation.template.json'), 'utf8')),
);
const patterns = Object.values(template.findResources('AWS::Events::Rule'))
  .map(({ Properties }): Pattern | undefined => Properties.EventPattern)
  .filter((pattern) => pattern !== undefined)
  .filter(({ source }) => source?.[0] !== 'aws.cloudformation');

/** An event for every name in the rules, filled so that the parser can find a user in it. */
function eventsOf({ source, detail, ...pattern }: Pattern) {
  const names = detail?.eventName ?? detail?.eventType ?? [undefined];
  return pattern['detail-type'].flatMap((type) =>
    (detail?.eventSource ?? [undefined]).flatMap((eventSource) =>
      names.map((name) => {
        const event = anEvent({
          source: source?.[0] ?? (detail?.eventType ? 'aws.partner/okta.com/x' : 'aws.identitystore'),
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
        return [`${eventSource ?? event.source} ${name ?? type}`, event] as const;
      }),
    ),
  );
}

const events = patterns.flatMap(eventsOf);

test('the rules name the events of four senders', () => {
  expect(patterns).toHaveLength(4);
  // 3 services with 6 calls each, 2 events of the identity store, our own, 3 of Okta.
  expect(events).toHaveLength(3 * 6 + 2 + 1 + 3);
});

test.each(events)('what a rule lets through is understood: %s', (_name, event) => {
  expect(['revoke', 'ask', 'return']).toContain(toRemoval(event, { ownSource: OWN_SOURCE }).kind);
});
