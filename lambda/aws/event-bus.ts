import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DomainError, type Failure } from '../domain/errors.ts';
import { OUTGOING_SOURCE } from '../domain/outgoing-event.ts';
import type { EventBus } from '../domain/ports.ts';
import { within } from './clients.ts';
import { failureOf, UNREADABLE } from './failure.ts';

/** @param bus - name or ARN */
export function eventBridge(client: EventBridgeClient, bus: string): EventBus {
  return {
    async put({ name, detail }, signal) {
      const entry = {
        EventBusName: bus,
        Source: OUTGOING_SOURCE,
        DetailType: name,
        Detail: JSON.stringify(detail),
      };
      const command = new PutEventsCommand({ Entries: [entry] });
      const answer = await within(signal, (options) => client.send(command, options)).catch(
        (error: unknown) => {
          throw unavailable(failureOf(error));
        },
      );
      // The call succeeds even if the bus took no entry: docs/facts.md § Sending events.
      const [result] = answer.Entries ?? [];
      if (result?.ErrorCode !== undefined) throw unavailable(failureOf({ name: result.ErrorCode }));
      if (answer.FailedEntryCount !== 0 || result?.EventId === undefined) throw unavailable(UNREADABLE);
    },
  };
}

function unavailable(failure: Failure): DomainError {
  return new DomainError('events-unavailable', 'The event bus did not take the event.', failure);
}
