import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OUTGOING_EVENTS, OUTGOING_SOURCE } from '../lambda/domain/outgoing-event.ts';
import { ENV } from '../lambda/env.ts';
import { alarmOnErrors } from './alarm.ts';
import { WORKER_TIMEOUT } from './background-functions.ts';
import type { DataEncryption } from './data-encryption.ts';
import { FunctionGroup, type Parts } from './function-group.ts';
import { RevocationQueue } from './revocation-queue.ts';
import type { ServiceFunction } from './service-function.ts';

/** Concurrent invocations of the function that sends events. SQS's minimum is enough, because no person waits for an event. */
const TELLERS = 2;

/**
 * Creates the queue of notices. A function that records something to be announced sends a notice there.
 *
 * @param bus - the event bus that receives the events; absent if the stack sends none
 */
export function createNotices(
  scope: Construct,
  bus: string | undefined,
  encryption: DataEncryption | undefined,
): RevocationQueue | undefined {
  if (bus === undefined) return undefined;
  return new RevocationQueue(scope, 'Notices', {
    meaning: 'Somebody who waits for an event was not told of a revocation. The revocation itself is done.',
    deadLetters: 'notices of events that the event bus did not take',
    urlVariable: ENV.noticesQueueUrl,
    workerTimeout: WORKER_TIMEOUT,
    workers: TELLERS,
    encryption,
  });
}

/** Sends the events that the records confirm. It may only read records and write to one bus. */
export class OutgoingEvents extends FunctionGroup {
  /** Creates nothing if the stack sends no events. */
  constructor(scope: Construct, parts: Parts) {
    super(scope, parts);
    const { eventsTo } = parts.settings;
    if (parts.notices && eventsTo !== undefined) this.#tell(parts.notices, eventsTo);
  }

  /** @param bus - name or ARN */
  #tell(queue: RevocationQueue, bus: string): void {
    const fn = this.create('Tell', 'tell', 'Sends events of what the revocation records say', {
      timeout: WORKER_TIMEOUT,
    });
    this.parts.records.grantRead(fn);
    queue.feed(fn);
    this.#grantPut(fn, bus);
    alarmOnErrors(
      this.scope,
      'TellErrors',
      fn,
      'The function that sends events crashed, or ran out of time or memory. Somebody who waits for an event learns late what was revoked.',
    );
  }

  /** Grants sending only these events, and only to this bus. */
  #grantPut(fn: ServiceFunction, bus: string): void {
    const arn = bus.startsWith('arn:')
      ? bus
      : Stack.of(this.scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: bus });
    fn.addEnvironment(ENV.eventBus, bus);
    // Both keys have several values in one call: docs/facts.md § Sending events.
    const conditions = {
      'ForAllValues:StringEquals': {
        'events:source': OUTGOING_SOURCE,
        'events:detail-type': [...OUTGOING_EVENTS],
      },
      Null: { 'events:source': 'false', 'events:detail-type': 'false' },
    };
    fn.allow(['events:PutEvents'], [arn], conditions);
  }
}
