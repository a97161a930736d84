import { Stack } from 'aws-cdk-lib';
import { EventBus, type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { OFFBOARDING, OKTA } from '../lambda/domain/detect/event-names.ts';
import { ENV } from '../lambda/env.ts';
import type { EventSenders } from './event-senders.ts';
import { ForwardedEvents } from './forwarded-events.ts';
import { directoryCalls, storeEvents } from './removal-patterns.ts';
import type { RevocationQueue } from './revocation-queue.ts';
import type { ServiceFunction } from './service-function.ts';

export interface RemovalEventsProps extends EventSenders {
  /** The queue that receives the events. */
  readonly queue: RevocationQueue;
  /** The identity store. CloudTrail's events that name another store are ignored. */
  readonly identityStoreId?: string | undefined;
}

/** Tells the worker whose events to believe. The identity store's id comes with the grant of the store. */
export function nameSenders(worker: ServiceFunction, senders: EventSenders): void {
  const { ownSource, oktaEventBusName } = senders;
  worker.addEnvironment(ENV.ownEventSource, ownSource);
  worker.addEnvironment(ENV.eventAccounts, accountsOf(worker, senders).join(','));
  if (oktaEventBusName !== undefined) worker.addEnvironment(ENV.oktaEventSource, oktaEventBusName);
}

/** The accounts whose AWS events are believed; the stack's own account comes first. */
export function accountsOf(scope: Construct, { eventAccounts }: EventSenders): string[] {
  return [...new Set([Stack.of(scope).account, ...eventAccounts])];
}

/** A partner event bus only accepts events of that partner. Their source is the name of the bus. */
function okta(busName: string): EventPattern {
  return {
    source: [busName],
    detailType: [OKTA.detailType],
    detail: { eventType: Object.keys(OKTA.eventTypes), outcome: { result: [OKTA.result] } },
  };
}

/** Rules that send each removal event to the queue, unchanged. An event that cannot be delivered goes to the queue's dead-letter queue. */
export class RemovalEvents extends Construct {
  constructor(scope: Construct, id: string, props: RemovalEventsProps) {
    super(scope, id);
    const { queue, deadLetters } = props.queue;
    // The rules share the queue's dead-letter queue: SQS cannot redrive a queue that is not the dead-letter queue of another queue.
    const target = new SqsQueue(queue, { deadLetterQueue: deadLetters });
    const rule = (ruleId: string, description: string, eventPattern: EventPattern, eventBus?: IEventBus) =>
      new Rule(this, ruleId, { description, eventPattern, targets: [target], ...(eventBus && { eventBus }) });
    const own = { source: [props.ownSource], detailType: [OFFBOARDING.detailType] };
    const accounts = accountsOf(this, props);
    const calls = directoryCalls(accounts, props.identityStoreId);
    rule('Native', "The identity store's events of deleted or changed users", storeEvents(accounts));
    rule('CloudTrail', 'Calls that delete, disable, enable or change a user', calls);
    rule('Own', 'Removed users, reported by other systems of the company', own);
    const [, ...others] = accounts;
    if (others.length > 0) new ForwardedEvents(this, 'Forwarded', others);
    if (props.oktaEventBusName !== undefined) {
      const bus = EventBus.fromEventBusName(this, 'OktaBus', props.oktaEventBusName);
      rule('Okta', 'Users deactivated, suspended or deleted in Okta', okta(bus.eventBusName), bus);
    }
  }
}
