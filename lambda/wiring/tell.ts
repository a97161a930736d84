import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { clientConfig, onDemand } from '../aws/clients.ts';
import { eventBridge } from '../aws/event-bus.ts';
import { sqsRedelivery } from '../aws/job-queue.ts';
import { dynamoRevocationReader } from '../aws/records/reader.ts';
import { type TellDeps, tell } from '../domain/tell/tell.ts';
import { ENV, environments, readEnvironment } from '../env.ts';
import type { MessagesDeps } from '../shell/messages.ts';
import { clock, queueName, sqsClient } from './parts.ts';

export function wireTell(): MessagesDeps {
  const env = readEnvironment(environments.tell);
  const deps: TellDeps = {
    clock,
    records: dynamoRevocationReader(new DynamoDBClient(clientConfig), env[ENV.revocationsTable]),
    bus: eventBridge(
      onDemand(() => new EventBridgeClient(clientConfig)),
      env[ENV.eventBus],
    ),
  };
  const url = env[ENV.noticesQueueUrl];
  const redelivery = sqsRedelivery(sqsClient(), url);
  return {
    maxReceiveCount: env[ENV.maxReceiveCount],
    queues: {
      [queueName(url)]: {
        redelivery,
        process: (body, deadline, attempt) => tell(deps, body, deadline, attempt),
      },
    },
  };
}
