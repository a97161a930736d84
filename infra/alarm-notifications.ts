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

/** Finds all alarms below this construct. */
export function alarmsOf(scope: Construct): Alarm[] {
  return scope.node.findAll().filter((each) => each instanceof Alarm);
}

/**
 * Notifies a topic when one of the alarms is raised, and when it returns to OK.
 *
 * @param encryption - the company's key, if there is one; it encrypts the topic that is created for an e-mail address
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
 * Creates an encrypted topic. It needs a customer managed key: CloudWatch could not publish with SNS's AWS managed key, because
 * nobody can change that key's policy: docs/facts.md § CloudWatch.
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
 * The statement from AWS's documentation. It has no condition on the source: AWS documents none for this key, and an alarm that
 * cannot use its key is silent. The topic's policy restricts whose alarms may publish.
 */
const USE_BY_ALARMS: PolicyStatementProps = {
  sid: 'AlarmsAreTold',
  principals: [CLOUDWATCH],
  actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
  resources: ['*'],
};
