import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { alarmOnAny } from './alarm.ts';
import type { DataEncryption } from './data-encryption.ts';
import type { ServiceFunction } from './service-function.ts';

export interface RevocationQueueProps {
  /** What waits in its dead-letter queue, as the alarm on that calls it. */
  readonly deadLetters: string;
  /** The variable that tells a function the address of this queue. */
  readonly urlVariable: string;
  /** Of the function that reads the queue. A message stays hidden six times as long, as AWS recommends: docs/facts.md § SQS. */
  readonly workerTimeout: Duration;
  /** Invocations of the worker for this queue at the same time; 2 at least, SQS's lower bound. */
  readonly workers: number;
  /** With a key of the company; absent for SQS's own. */
  readonly encryption: DataEncryption | undefined;
}

/** The worker spaces the receives out over half an hour. After so many the message goes to the dead-letter queue. */
const MAX_RECEIVE_COUNT = 12;

/** Work for the worker, and a dead-letter queue that raises an alarm when it is not empty. */
export class RevocationQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly #props: RevocationQueueProps;

  constructor(scope: Construct, id: string, props: RevocationQueueProps) {
    super(scope, id);
    this.#props = props;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    this.queue = new Queue(this, 'Queue', {
      visibilityTimeout: Duration.seconds(6 * props.workerTimeout.toSeconds()),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    for (const queue of [this.queue, this.deadLetters]) props.encryption?.encryptQueue(queue);
    this.#alarmOnDeadLetters(props.deadLetters);
  }

  grantSend(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['sqs:SendMessage'], [this.queue.queueArn]);
  }

  /** Has the function take the queue's messages, each to succeed or fail by itself. */
  feed(fn: ServiceFunction): void {
    this.#name(fn);
    fn.useKeyTo('receive');
    fn.addEnvironment(ENV.maxReceiveCount, String(MAX_RECEIVE_COUNT));
    fn.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: 10,
        maxConcurrency: this.#props.workers,
        reportBatchItemFailures: true,
      }),
    );
  }

  /**
   * The command names the destination: without it, SQS moves only what it has moved there itself, not what EventBridge or a
   * person sent (docs/facts.md § SQS).
   */
  #alarmOnDeadLetters(what: string): void {
    const metric = this.deadLetters.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      period: Duration.minutes(1),
    });
    const redrive = `aws sqs start-message-move-task --source-arn ${this.deadLetters.queueArn} --destination-arn ${this.queue.queueArn}`;
    const description = `The dead-letter queue holds ${what}. Find the cause, then move them back: ${redrive}`;
    alarmOnAny(this, 'DeadLettersAlarm', metric, description);
  }

  #name(fn: ServiceFunction): void {
    fn.addEnvironment(this.#props.urlVariable, this.queue.queueUrl);
  }
}
