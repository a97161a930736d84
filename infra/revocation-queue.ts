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
  /** Alarms when the oldest message is older than `after`; undefined for no alarm. */
  readonly late?: { readonly after: Duration; readonly meaning: string; readonly runbook: string };
  /** What the alarm on its dead-letter queue means for people. */
  readonly meaning: string;
  /** What the dead-letter queue holds, in the words of its alarm. */
  readonly deadLetters: string;
  /** The environment variable that gives a function the URL of this queue. */
  readonly urlVariable: string;
  /** Timeout of the function that reads the queue. The visibility timeout is six times as long, as AWS recommends: docs/facts.md § SQS. */
  readonly workerTimeout: Duration;
  /** Concurrent invocations of the worker for this queue; at least 2, SQS's minimum. */
  readonly workers: number;
  /** Encryption with the company's key; undefined for SQS's own key. */
  readonly encryption: DataEncryption | undefined;
}

/** The worker spreads the receives over half an hour. After this many, SQS moves the message to the dead-letter queue. */
const MAX_RECEIVE_COUNT = 12;

/** A queue of work, and its dead-letter queue, which raises an alarm when it is not empty. */
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

  /** The runbook heading of alarms on late messages. */
  get lateRunbook(): string {
    return this.#props.late?.runbook ?? '';
  }

  grantSend(fn: ServiceFunction): void {
    this.#name(fn);
    fn.allow(['sqs:SendMessage'], [this.queue.queueArn]);
  }

  /** Invokes the function with the queue's messages. Each message of a batch succeeds or fails by itself. */
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
   * The redrive command names the destination. Without it, SQS would only move messages that SQS itself had moved there, not those
   * that EventBridge or a person sent (docs/facts.md § SQS).
   */
  #alarmOnDeadLetters(): void {
    const redrive = `aws sqs start-message-move-task --source-arn ${this.deadLetters.queueArn} --destination-arn ${this.queue.queueArn}`;
    const meaning = `${this.#props.meaning} The dead-letter queue holds ${this.#props.deadLetters}. Once the cause is found, move them back: ${redrive} .`;
    alarmOnDeadLetters(this, this.deadLetters, { meaning, runbook: 'a-dead-letter-queue-is-not-empty' });
  }

  /** Alarms if nothing receives the messages. SQS's metric ignores messages that were received three times: docs/facts.md § SQS. */
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
