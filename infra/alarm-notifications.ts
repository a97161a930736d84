import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Notified } from './alarm-props.ts';

/** Whatever alarms are below it. */
export function alarmsOf(scope: Construct): Alarm[] {
  return scope.node.findAll().filter((each) => each instanceof Alarm);
}

/** Has a topic told when one of the alarms begins, and when it is over. */
export function notifyOf(scope: Construct, alarms: readonly Alarm[], notified: Notified): void {
  const topic =
    'topicArn' in notified
      ? Topic.fromTopicArn(scope, 'GivenAlarmTopic', notified.topicArn)
      : topicFor(scope, notified.email);
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
function topicFor(scope: Construct, email: string): ITopic {
  const masterKey = new Key(scope, 'AlarmKey', {
    description: 'Encrypts what alarms of the session revocation say',
    enableKeyRotation: true,
  });
  const topic = new Topic(scope, 'AlarmTopic', { masterKey, enforceSSL: true });
  const { account } = Stack.of(scope);
  const alarms = Stack.of(scope).formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const byCloudWatch = {
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': alarms } },
  };
  topic.addToResourcePolicy(
    new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn], ...byCloudWatch }),
  );
  const use = ['kms:Decrypt', 'kms:GenerateDataKey'];
  masterKey.addToResourcePolicy(new PolicyStatement({ actions: use, resources: ['*'], ...byCloudWatch }));
  topic.addSubscription(new EmailSubscription(email));
  return topic;
}
