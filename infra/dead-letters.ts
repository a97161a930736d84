import { Duration } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { alarmOnAny, type Told, told } from './alarm.ts';

/** Where messages go that are given up, for as long as SQS keeps any. */
export function createDeadLetters(scope: Construct): Queue {
  return new Queue(scope, 'DeadLetters', {
    retentionPeriod: Duration.days(14),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
}

/** An alarm as soon as there is one. Its first command reads them. */
export function alarmOnDeadLetters(scope: Construct, deadLetters: Queue, more: Omit<Told, 'first'>): Alarm {
  const metric = deadLetters.metricApproximateNumberOfMessagesVisible({
    statistic: 'Maximum',
    period: Duration.minutes(1),
  });
  const first = `aws sqs receive-message --queue-url ${deadLetters.queueUrl} --visibility-timeout 0 --message-attribute-names All`;
  return alarmOnAny(scope, 'DeadLettersAlarm', metric, told({ ...more, first }));
}
