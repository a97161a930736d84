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
   * The store that the events must be about, where they name one: `d-…` or a UUID, as for the SessionRevocation.
   *
   * @default none: events about any store are forwarded
   */
  readonly identityStoreId?: string;
  /**
   * The instance of IAM Identity Center. Give it if the SessionRevocation has `denyEndedAssignments`: then the deletions of account
   * assignments are forwarded as well.
   *
   * @default none: they are not
   */
  readonly instanceArn?: string;
  /**
   * Encrypts what could not be forwarded, and the topic of `alarmEmail`. The CDK adds what its policy needs to a key of the same
   * app. Any other key needs the statements of docs/deployment.md before.
   *
   * @default a key of SQS
   */
  readonly encryptionKey?: IKey;
}

/** The rules of a SessionRevocation are on this bus and on no other. */
const DEFAULT_BUS = /^arn:[\w-]+:events:[a-z0-9-]+:\d{12}:event-bus\/default$/;

/**
 * Forwards AWS's events about removals from this account and Region to those of a SessionRevocation: for the management account,
 * where CloudTrail records Identity Center, and for further Regions of a replicated instance. It matches what the rules of the
 * SessionRevocation match, and only what happened in this account, so that nothing is sent in a circle.
 */
export class RemovalEventForwarding extends Construct {
  /** Events that could not be forwarded. */
  readonly deadLetters: Queue;
  /** Raised as soon as there is one of these. */
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: RemovalEventForwardingProps) {
    super(scope, id);
    this.#require(props);
    const { encryptionKey } = props;
    const encryption = encryptionKey && new DataEncryption(this, encryptionKey, ['rules']);
    this.deadLetters = createDeadLetters(this);
    encryption?.encryptQueue(this.deadLetters);
    // SQS redrives such a queue to no other account. The body of a message is the event, and the worker takes it as it is.
    this.alarm = alarmOnDeadLetters(this, this.deadLetters, {
      meaning: 'Events of removals could not be forwarded. Somebody who left may still be signed in.',
      runbook: 'events-are-not-forwarded',
    });
    const notified = resolveNotified(props);
    if (notified) notifyOf(this, [this.alarm], notified, encryption);
    const { identityStoreId, instanceArn } = props;
    const account = [Stack.of(this).account];
    const rule = this.#ruleTo(props.eventBusArn);
    rule('Native', 'Users deleted or changed, as the identity store tells', storeEvents(account));
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
   * `encryptionKey` by its ARN, in the account and Region of this stack.
   *
   * @default none: `encryptionKey` counts
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
