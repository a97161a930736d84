import { Stack } from 'aws-cdk-lib';
import { EventBus, type EventPattern, type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import {
  AWS_SOURCES,
  CLOUDTRAIL,
  IDENTITY_STORE,
  OFFBOARDING,
  OKTA,
} from '../lambda/domain/detect/event-names.ts';
import { ENV } from '../lambda/env.ts';
import type { EventSenders } from './event-senders.ts';
import type { RevocationQueue } from './revocation-queue.ts';
import type { ServiceFunction } from './service-function.ts';

export interface RemovalEventsProps extends EventSenders {
  /** Where the events go. */
  readonly queue: RevocationQueue;
  /** The store that CloudTrail's events must be about, where they name one. */
  readonly identityStoreId?: string | undefined;
}

/** Tells the worker whose events it may believe. It knows the identity store by the grant of that. */
export function nameSenders(worker: ServiceFunction, senders: EventSenders): void {
  const { ownSource, oktaEventBusName } = senders;
  worker.addEnvironment(ENV.ownEventSource, ownSource);
  worker.addEnvironment(ENV.eventAccounts, accountsOf(worker, senders).join(','));
  if (oktaEventBusName !== undefined) worker.addEnvironment(ENV.oktaEventSource, oktaEventBusName);
}

/** From which AWS's events are believed. */
export function accountsOf(scope: Construct, { eventAccounts }: EventSenders): string[] {
  return [...new Set([Stack.of(scope).account, ...eventAccounts])];
}

/** SCIM's calls name a tenant and no store, so an event that names none is believed by its account. */
function aboutStore(storeId: string | undefined): EventPattern['detail'] {
  if (storeId === undefined) return {};
  const thisOrNone = Match.anyOf(storeId, Match.doesNotExist());
  return { requestParameters: { identityStoreId: thisOrNone } };
}

function cloudTrail(account: string[], storeId: string | undefined): EventPattern {
  const { detailTypes, eventSources, eventNames } = CLOUDTRAIL;
  return {
    // EventBridge takes such a source from no customer, so nobody can forge these events.
    source: Match.prefix(AWS_SOURCES.prefix),
    account,
    detailType: [...detailTypes],
    detail: {
      eventSource: [...eventSources],
      eventName: Object.keys(eventNames),
      errorCode: Match.doesNotExist(),
      ...aboutStore(storeId),
    },
  };
}

function native(account: string[]): EventPattern {
  return { source: [IDENTITY_STORE.source], account, detailType: Object.keys(IDENTITY_STORE.detailTypes) };
}

/** A partner's bus takes events of that partner only, with its own name as their source. */
function okta(busName: string): EventPattern {
  return {
    source: [busName],
    detailType: [OKTA.detailType],
    detail: { eventType: Object.keys(OKTA.eventTypes), outcome: { result: [OKTA.result] } },
  };
}

/** The events that tell of a person's removal, each into the queue as it is; what cannot be delivered goes to the queue's dead-letter queue. */
export class RemovalEvents extends Construct {
  constructor(scope: Construct, id: string, props: RemovalEventsProps) {
    super(scope, id);
    const { queue, deadLetters } = props.queue;
    // One for the rules alone could not be redriven: SQS refuses it unless it is also the dead-letter queue of a queue.
    const target = new SqsQueue(queue, { deadLetterQueue: deadLetters });
    const rule = (ruleId: string, description: string, eventPattern: EventPattern, eventBus?: IEventBus) =>
      new Rule(this, ruleId, { description, eventPattern, targets: [target], ...(eventBus && { eventBus }) });
    const own = { source: [props.ownSource], detailType: [OFFBOARDING.detailType] };
    const accounts = accountsOf(this, props);
    const calls = cloudTrail(accounts, props.identityStoreId);
    rule('Native', 'Users deleted or changed, as the identity store tells', native(accounts));
    rule('CloudTrail', 'Calls that delete, disable, enable or change a user', calls);
    rule('Own', 'Users removed, as other systems of the company tell', own);
    if (props.oktaEventBusName !== undefined) {
      const bus = EventBus.fromEventBusName(this, 'OktaBus', props.oktaEventBusName);
      rule('Okta', 'Users deactivated, suspended or deleted in Okta', okta(bus.eventBusName), bus);
    }
  }
}
