import { SlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface RevocationsInChatProps {
  readonly slackWorkspaceId: string;
  readonly slackChannelId: string;
}

/**
 * Posts to a chat when a revocation failed. A rule sends the event to a topic, and Amazon Q Developer in chat applications posts the
 * topic's messages. Somebody must authorize the workspace in its console once.
 */
export class RevocationsInChat extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { slackWorkspaceId, slackChannelId }: RevocationsInChatProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    new SlackChannelConfiguration(this, 'Channel', {
      slackChannelConfigurationName: 'revocations',
      slackWorkspaceId,
      slackChannelId,
      notificationTopics: [this.topic],
    });
    const field = (path: string) => EventField.fromPath(path);
    new Rule(this, 'Failed', {
      description: 'Somebody who was to be signed out may still be signed in',
      eventPattern: { source: ['session-revocation'], detailType: ['Revocation Failed'] },
      targets: [
        new SnsTopic(this.topic, {
          deadLetterQueue: new Queue(this, 'DeadLetters', {
            encryption: QueueEncryption.SQS_MANAGED,
            enforceSSL: true,
          }),
          // Amazon Q Developer shows a message of this form as a custom notification.
          message: RuleTargetInput.fromObject({
            version: '1.0',
            source: 'custom',
            // The same event may come twice. The chat then shows both messages in one thread.
            metadata: { threadId: field('$.detail.eventId') },
            content: {
              textType: 'client-markdown',
              title: 'A revocation failed',
              description: `Revocation ${field('$.detail.revocationId')} of user ${field('$.detail.userId')}, asked for at ${field('$.detail.requestedAt')}: somebody may still be signed in.`,
              nextSteps: [`Read it: GET /revocations/${field('$.detail.revocationId')}`],
            },
          }),
        }),
      ],
    });
  }
}
