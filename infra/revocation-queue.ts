import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { alarmAbove, told } from './alarm.ts';
import type { DataEncryption } from './data-encryption.ts';
import { alarmOnDeadLetters, createDeadLetters } from './dead-letters.ts';
import type { ServiceFunction } from './service-function.ts';

export interface RevocationQueueProps {
  /** An alarm when its oldest message is older; none where absent. */
  readonly late?: { readonly after: Duration; readonly meaning: string; readonly runbook: string };
  /** What the alarm on its dead-letter queue means for people. */
  readonly meaning: string;
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
    this.deadLetters = createDeadLetters(this);
    this.queue = new Queue(this, 'Queue', {
      visibilityTimeout: Duration.seconds(6 * props.workerTimeout.toSeconds()),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    for (const queue of [this.queue, this.deadLetters]) props.encryption?.encryptQueue(queue);
    this.#alarmOnDeadLetters();
    this.#alarmOnAge();
  }

  /** Of the alarms on messages that are late. */
  get lateRunbook(): string {
    return this.#props.late?.runbook ?? '';
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
  #alarmOnDeadLetters(): void {
    const redrive = `aws sqs start-message-move-task --source-arn ${this.deadLetters.queueArn} --destination-arn ${this.queue.queueArn}`;
    const meaning = `${this.#props.meaning} The dead-letter queue holds ${this.#props.deadLetters}. Once the cause is found, move them back: ${redrive} .`;
    alarmOnDeadLetters(this, this.deadLetters, { meaning, runbook: 'a-dead-letter-queue-is-not-empty' });
  }

  /** SQS leaves out what was received three times, so this tells that nobody takes the messages: docs/facts.md § SQS. */
  #alarmOnAge(): void {
    const { late } = this.#props;
    if (!late) return;
    const metric = this.queue.metricApproximateAgeOfOldestMessage({
      statistic: 'Maximum',
      period: Duration.minutes(1),
    });
    const first = `aws sqs get-queue-attributes --queue-url ${this.queue.queueUrl} --attribute-names All`;
    alarmAbove(this, 'Late', metric, late.after.toSeconds(), told({ ...late, first }));
  }

  #name(fn: ServiceFunction): void {
    fn.addEnvironment(this.#props.urlVariable, this.queue.queueUrl);
  }
}
