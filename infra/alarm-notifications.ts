import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, type PolicyStatementProps, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Notified } from './alarm-props.ts';
import type { DataEncryption } from './data-encryption.ts';

/** All alarms below this construct. */
export function alarmsOf(scope: Construct): Alarm[] {
  return scope.node.findAll().filter((each) => each instanceof Alarm);
}

/**
 * Notifies a topic when one of the alarms is raised, and when it returns to OK.
 *
 * @param encryption - with a key of the company, for a topic that is made here
 */
export function notifyOf(
  scope: Construct,
  alarms: readonly Alarm[],
  notified: Notified,
  encryption: DataEncryption | undefined,
): void {
  const topic =
    'topicArn' in notified
      ? Topic.fromTopicArn(scope, 'GivenAlarmTopic', notified.topicArn)
      : topicFor(scope, notified.email, encryption);
  const action = new SnsAction(topic);
  for (const alarm of alarms) {
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}

/**
 * A topic of its own, encrypted. With SNS's own key, CloudWatch could not publish to it, because nobody can let a service use an
 * AWS managed key: docs/facts.md § CloudWatch.
 */
function topicFor(scope: Construct, email: string, encryption: DataEncryption | undefined): ITopic {
  encryption?.let(USE_BY_ALARMS);
  const masterKey = encryption?.key ?? keyFor(scope);
  const topic = new Topic(scope, 'AlarmTopic', { masterKey, enforceSSL: true });
  const { account } = Stack.of(scope);
  const alarms = Stack.of(scope).formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [CLOUDWATCH],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': alarms } },
    }),
  );
  topic.addSubscription(new EmailSubscription(email));
  return topic;
}

function keyFor(scope: Construct): IKey {
  const key = new Key(scope, 'AlarmKey', {
    description: 'Encrypts what alarms of the session revocation say',
    enableKeyRotation: true,
  });
  key.addToResourcePolicy(new PolicyStatement(USE_BY_ALARMS));
  return key;
}

const CLOUDWATCH = new ServicePrincipal('cloudwatch.amazonaws.com');

/**
 * As AWS words it, without a condition on the source: AWS documents none for this key, and an alarm that cannot use its key is
 * silent. Whose alarms may publish is said by the policy of the topic.
 */
const USE_BY_ALARMS: PolicyStatementProps = {
  sid: 'AlarmsAreTold',
  principals: [CLOUDWATCH],
  actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
  resources: ['*'],
};
