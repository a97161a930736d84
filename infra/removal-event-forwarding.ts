import { CfnOutput, Stack, type StackProps, Token } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as ToEventBus } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { notifyOf } from './alarm-notifications.ts';
import { type AlarmProps, resolveNotified } from './alarm-props.ts';
import { DataEncryption, encryptionKeyOf } from './data-encryption.ts';
import { alarmOnDeadLetters, createDeadLetters } from './dead-letters.ts';
import { requireIdentityStore, requireInstance } from './identity-center-ids.ts';
import { directoryCalls, endedAssignments, storeEvents } from './removal-patterns.ts';

export interface RemovalEventForwardingProps extends AlarmProps {
  /**
   * Where the events go: the default event bus in the account and Region of the SessionRevocation,
   * `arn:aws:events:…:event-bus/default`. In another account, that SessionRevocation must have this account in its `eventAccounts`.
   */
  readonly eventBusArn: string;
  /**
   * The identity store, `d-…` or a UUID, as for the SessionRevocation. Events that name another store are not forwarded.
   *
   * @default none: events about any store are forwarded
   */
  readonly identityStoreId?: string;
  /**
   * The instance of IAM Identity Center. Set it if the SessionRevocation has `denyEndedAssignments`: then deletions of account
   * assignments are forwarded as well.
   *
   * @default none: they are not forwarded
   */
  readonly instanceArn?: string;
  /**
   * Encrypts events that could not be forwarded, and the topic of `alarmEmail`. The CDK completes the policy of a key of the same
   * app. For any other key, first add the statements of docs/deployment.md.
   *
   * @default a key of SQS
   */
  readonly encryptionKey?: IKey;
}

/** A SessionRevocation's rules for AWS's events are on the default bus only. */
const DEFAULT_BUS = /^arn:[\w-]+:events:[a-z0-9-]+:\d{12}:event-bus\/default$/;

/**
 * Forwards AWS's events about removals from this account and Region to those of a SessionRevocation. Use it in the management
 * account, where CloudTrail records Identity Center, and in further Regions of a replicated instance. It matches the same events
 * as the rules of the SessionRevocation, but only events of this account: others could be forwarded in a circle.
 */
export class RemovalEventForwarding extends Construct {
  /** Events that could not be forwarded. */
  readonly deadLetters: Queue;
  /** Alarms when `deadLetters` holds a message. */
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: RemovalEventForwardingProps) {
    super(scope, id);
    this.#require(props);
    const { encryptionKey } = props;
    const encryption = encryptionKey && new DataEncryption(this, encryptionKey, ['rules']);
    this.deadLetters = createDeadLetters(this);
    encryption?.encryptQueue(this.deadLetters);
    // No command redrives this queue, because SQS redrives to no other account. A message's body is the event, as the worker accepts it.
    this.alarm = alarmOnDeadLetters(this, this.deadLetters, {
      meaning: 'Events of removals could not be forwarded. Somebody who left may still be signed in.',
      runbook: 'events-are-not-forwarded',
    });
    const notified = resolveNotified(props);
    if (notified) notifyOf(this, [this.alarm], notified, encryption);
    const { identityStoreId, instanceArn } = props;
    const account = [Stack.of(this).account];
    const rule = this.#ruleTo(props.eventBusArn);
    rule('Native', "The identity store's events of deleted or changed users", storeEvents(account));
    const calls = directoryCalls(account, identityStoreId);
    rule('CloudTrail', 'Calls that delete, disable, enable or change a user', calls);
    if (instanceArn === undefined) return;
    const ended = endedAssignments(account, instanceArn);
    rule('EndedAssignments', 'Calls that delete the account assignment of a user', ended);
  }

  /** @throws Error naming the property, and saying what it must be */
  #require({ eventBusArn, identityStoreId, instanceArn }: RemovalEventForwardingProps): void {
    requireIdentityStore(identityStoreId);
    requireInstance(instanceArn);
    if (Token.isUnresolved(eventBusArn)) return;
    if (!DEFAULT_BUS.test(eventBusArn)) {
      throw new Error(
        `eventBusArn must be the ARN of a default event bus, such as arn:aws:events:eu-west-1:111122223333:event-bus/default, not ${JSON.stringify(eventBusArn)}.`,
      );
    }
    const { account, region } = Stack.of(this);
    if (eventBusArn.includes(`:${region}:${account}:`)) {
      throw new Error(
        'eventBusArn must be a bus of another account or Region: on its own, the rules of the SessionRevocation match already.',
      );
    }
  }

  #ruleTo(eventBusArn: string) {
    const bus = EventBus.fromEventBusArn(this, 'Bus', eventBusArn);
    const role = new Role(this, 'Role', {
      description: 'Lets EventBridge forward removal events',
      assumedBy: new ServicePrincipal('events.amazonaws.com'),
    });
    const target = new ToEventBus(bus, { role, deadLetterQueue: this.deadLetters });
    return (id: string, description: string, eventPattern: EventPattern) =>
      new Rule(this, id, { description, eventPattern, targets: [target] });
  }
}

export interface RemovalEventForwardingStackProps extends StackProps, RemovalEventForwardingProps {
  /**
   * The ARN of `encryptionKey`, in the account and Region of this stack.
   *
   * @default none: `encryptionKey` is used
   */
  readonly encryptionKeyArn?: string;
}

/** The stack that `cdk deploy -c forwardTo=…` deploys: one RemovalEventForwarding. */
export class RemovalEventForwardingStack extends Stack {
  readonly forwarding: RemovalEventForwarding;

  constructor(scope: Construct, id: string, props: RemovalEventForwardingStackProps) {
    super(scope, id, props);
    const key = encryptionKeyOf(this, props.encryptionKeyArn);
    this.forwarding = new RemovalEventForwarding(this, 'Forwarding', { ...props, ...key });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: this.forwarding.deadLetters.queueUrl });
  }
}
