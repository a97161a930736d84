import { EventBus, type EventPattern, type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CLOUDTRAIL, IDENTITY_STORE, OFFBOARDING, OKTA } from '../lambda/domain/detect/event-names.ts';
import { deadLetterQueue } from './revocation-queue.ts';

export interface RemovalEventsProps {
  /** Where the events go. */
  readonly queue: IQueue;
  /** `source` of the events by which other systems of the company tell of a removal. */
  readonly ownSource: string;
  /** Name of Okta's partner event bus, where there is one. */
  readonly oktaEventBusName?: string | undefined;
  /** Users who are enabled again matter, too. */
  readonly alsoReturns: boolean;
}

/** @param alsoReturns - whether users who are enabled again matter */
function cloudTrail(alsoReturns: boolean): EventPattern {
  const { detailType, eventSources, eventNames } = CLOUDTRAIL;
  const names = Object.entries(eventNames).filter(([, meaning]) => alsoReturns || meaning !== 'return');
  return {
    detailType: [detailType],
    detail: {
      eventSource: [...eventSources],
      eventName: names.map(([name]) => name),
      errorCode: Match.doesNotExist(),
    },
  };
}

const native: EventPattern = {
  source: [IDENTITY_STORE.source],
  detailType: Object.keys(IDENTITY_STORE.detailTypes),
};

const okta: EventPattern = {
  detailType: [OKTA.detailType],
  detail: { eventType: Object.keys(OKTA.eventTypes), outcome: { result: [OKTA.result] } },
};

/** The events that tell of a person's removal, each into the queue as it is; what cannot be delivered is kept, and alarmed. */
export class RemovalEvents extends Construct {
  constructor(scope: Construct, id: string, props: RemovalEventsProps) {
    super(scope, id);
    const target = new SqsQueue(props.queue, {
      deadLetterQueue: deadLetterQueue(
        this,
        'DeadLetters',
        'Removal events that could not be queued wait in the dead-letter queue',
      ),
    });
    const rule = (ruleId: string, description: string, eventPattern: EventPattern, eventBus?: IEventBus) =>
      new Rule(this, ruleId, { description, eventPattern, targets: [target], ...(eventBus && { eventBus }) });
    const own = { source: [props.ownSource], detailType: [OFFBOARDING.detailType] };
    rule('Native', 'Users deleted or disabled, as the identity store tells', native);
    rule('CloudTrail', 'Calls that delete, disable or change a user', cloudTrail(props.alsoReturns));
    rule('Own', 'Users removed, as other systems of the company tell', own);
    if (props.oktaEventBusName !== undefined) {
      const bus = EventBus.fromEventBusName(this, 'OktaBus', props.oktaEventBusName);
      rule('Okta', 'Users deactivated, suspended or deleted in Okta', okta, bus);
    }
  }
}
