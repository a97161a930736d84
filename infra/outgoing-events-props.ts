import { Token } from 'aws-cdk-lib';
import { AWS_SOURCES } from '../lambda/domain/detect/event-names.ts';
import { OUTGOING_SOURCE } from '../lambda/domain/outgoing-event.ts';

export interface OutgoingEventsProps {
  /**
   * The event bus that receives the stack's own events, such as `Revocation Completed`: `default`, or a name or ARN. A bus in
   * another account needs a policy that admits the role of the function `Tell`: docs/events.md.
   *
   * @default none: no event is sent
   */
  readonly eventsTo?: string;
}

/** EventBridge's own pattern for the name of a bus. The rest of an ARN may precede it. */
const BUS = /^(arn:aws[\w-]*:events:[a-z0-9-]+:\d{12}:event-bus\/)?[\w./-]{1,256}$/;

/**
 * @param ownSource - `source` of the company's own removal events
 * @returns undefined if `eventsTo` is not set. @throws Error naming the property, and saying what it must be
 */
export function resolveOutgoingEvents(
  { eventsTo }: OutgoingEventsProps,
  ownSource: string,
): string | undefined {
  if (eventsTo === undefined) return undefined;
  const isKnown = !Token.isUnresolved(eventsTo);
  if (isKnown && (!BUS.test(eventsTo) || eventsTo.startsWith(AWS_SOURCES.prefix))) {
    throw new Error(
      `eventsTo must be default, or the name or ARN of an event bus of your own, not ${JSON.stringify(eventsTo)}.`,
    );
  }
  if (ownSource === OUTGOING_SOURCE) {
    throw new Error(
      `eventSource must not be ${OUTGOING_SOURCE}, by which the stack sends its own events: it would react to them.`,
    );
  }
  return eventsTo;
}
