import { EventBus, type EventPattern, type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
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

const CHANGES = ['DeleteUser', 'DisableUser', 'PatchUser', 'PutUser', 'UpdateUser'];

/** CloudTrail's events are told by what they are about, not by `source`: that of SCIM is not documented. */
const cloudTrail = (eventName: string[]): EventPattern => ({
  detailType: ['AWS API Call via CloudTrail'],
  detail: {
    eventSource: [
      'sso-directory.amazonaws.com',
      'identitystore.amazonaws.com',
      'identitystore-scim.amazonaws.com',
    ],
    eventName,
    errorCode: Match.doesNotExist(),
  },
});

/** CloudTrail uses this source as well, so the detail types are named. */
const native: EventPattern = { source: ['aws.identitystore'], detailType: ['User Deleted', 'User Disabled'] };

const okta: EventPattern = {
  detailType: ['SystemLog'],
  detail: {
    eventType: ['user.lifecycle.deactivate', 'user.lifecycle.suspend', 'user.lifecycle.delete.completed'],
    outcome: { result: ['SUCCESS'] },
  },
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
    const own = { source: [props.ownSource], detailType: ['User Removed'] };
    rule('Native', 'Users deleted or disabled, as the identity store tells', native);
    const calls = props.alsoReturns ? [...CHANGES, 'EnableUser'] : CHANGES;
    rule('CloudTrail', 'Calls that delete, disable or change a user', cloudTrail(calls));
    rule('Own', 'Users removed, as other systems of the company tell', own);
    if (props.oktaEventBusName !== undefined) {
      const bus = EventBus.fromEventBusName(this, 'OktaBus', props.oktaEventBusName);
      rule('Okta', 'Users deactivated, suspended or deleted in Okta', okta, bus);
    }
  }
}
