import { Duration } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { alarmOnAny, type Told, told } from './alarm.ts';

/** Creates a dead-letter queue. It keeps messages for 14 days, SQS's maximum. */
export function createDeadLetters(scope: Construct): Queue {
  return new Queue(scope, 'DeadLetters', {
    retentionPeriod: Duration.days(14),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
}

/** Alarms when the queue holds a message. Its first command reads the messages. */
export function alarmOnDeadLetters(scope: Construct, deadLetters: Queue, more: Omit<Told, 'first'>): Alarm {
  const metric = deadLetters.metricApproximateNumberOfMessagesVisible({
    statistic: 'Maximum',
    period: Duration.minutes(1),
  });
  const first = `aws sqs receive-message --queue-url ${deadLetters.queueUrl} --visibility-timeout 0 --message-attribute-names All`;
  return alarmOnAny(scope, 'DeadLettersAlarm', metric, told({ ...more, first }));
}
