import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { clientConfig } from '../aws/clients.ts';
import { ssoAdminAssignments } from '../aws/identity-center/assignments.ts';
import { ssoAdminPermissionSets } from '../aws/identity-center/permission-sets.ts';
import { sqsReconciler, sqsRedelivery } from '../aws/job-queue.ts';
import { dynamoRevocationRecords } from '../aws/records/records.ts';
import { dynamoDenyList } from '../aws/role-sessions/deny-list.ts';
import { type ProcessEndedDeps, processEnded } from '../domain/ended-assignments/process-ended.ts';
import { evenly } from '../domain/pace.ts';
import { ENV, environments, readEnvironment } from '../env.ts';
import type { MessagesDeps } from '../shell/messages.ts';
import { clock, directory, queueName, sqsClient, userNames } from './parts.ts';

/**
 * How many users' assignments are read per second, over all workers. Each user takes at most two calls, and one for each further
 * 100 assignments. Identity Center allows 20 calls a second, for all callers together: docs/facts.md § Rates.
 */
const CHECKS_PER_SECOND = 4;

export function wireEndedAssignments(): MessagesDeps {
  const env = readEnvironment(environments.endedAssignments);
  const dynamo = new DynamoDBClient(clientConfig);
  const sqs = sqsClient();
  const ssoAdmin = new SSOAdminClient({ ...clientConfig, region: env[ENV.instanceRegion] });
  const deps: ProcessEndedDeps = {
    clock,
    senders: {
      accounts: env[ENV.eventAccounts],
      identityStoreId: env[ENV.identityStoreId],
      instanceArn: env[ENV.instanceArn],
    },
    assignments: ssoAdminAssignments(ssoAdmin, env[ENV.instanceArn]),
    names: userNames(env, { tokenCache: undefined, directory: directory(env) }),
    permissionSets: ssoAdminPermissionSets(ssoAdmin, env[ENV.instanceArn]),
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    denying: {
      list: dynamoDenyList(dynamo, env[ENV.denyListTable]),
      reconciler: sqsReconciler(sqs, env[ENV.denyListQueueUrl], clock),
    },
    portalSessionSeconds: env[ENV.portalSessionSeconds],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    pace: evenly(CHECKS_PER_SECOND / env[ENV.workers]),
  };
  const url = env[ENV.endedAssignmentsQueueUrl];
  return {
    maxReceiveCount: env[ENV.maxReceiveCount],
    queues: {
      [queueName(url)]: {
        redelivery: sqsRedelivery(sqs, url),
        process: (body, deadline, attempt) => processEnded(deps, body, deadline, attempt),
      },
    },
  };
}
