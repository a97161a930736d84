import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import type * as v from 'valibot';
import { clientConfig } from '../aws/clients.ts';
import { sqsReconciler, sqsRedelivery, sqsSender } from '../aws/job-queue.ts';
import { dynamoAmendments } from '../aws/records/amend.ts';
import { dynamoRevocationRecords } from '../aws/records/records.ts';
import { assumedRole } from '../aws/role-sessions/assumed-role.ts';
import { dynamoDenyList } from '../aws/role-sessions/deny-list.ts';
import { organizationsPolicies } from '../aws/role-sessions/deny-policies.ts';
import { kmsOpener, kmsSealer } from '../aws/token-cache/cipher.ts';
import { dynamoTokenCache } from '../aws/token-cache/token-cache.ts';
import { pacedDirectory } from '../domain/detect/paced-directory.ts';
import { type Origin, processMessage } from '../domain/detect/process-message.ts';
import { processReport } from '../domain/detect/process-report.ts';
import type { SweepDeps } from '../domain/detect/sweep.ts';
import { evenly } from '../domain/pace.ts';
import type { Directory } from '../domain/ports.ts';
import type { ReconcileDeps } from '../domain/role-sessions/reconcile-deny-list.ts';
import { ENV, environments, readEnvironment } from '../env.ts';
import type { MessagesDeps, QueueOfMessages } from '../shell/messages.ts';
import {
  clock,
  denyList,
  directory,
  kmsClient,
  type Limits,
  limited,
  noticesTo,
  queueName,
  signingOut,
  sqsClient,
  userNames,
  watch,
} from './parts.ts';

// One builder for each function that messages or a schedule start, called once per cold start.

export function wireWork(): MessagesDeps {
  const env = readEnvironment(environments.work);
  const dynamo = new DynamoDBClient(clientConfig);
  const kms = kmsClient();
  const sqs = sqsClient();
  const denying = denyList(dynamo, sqs, env);
  const { [ENV.accessQueueUrl]: accessQueueUrl } = env;
  const urls = { removals: env[ENV.removalsQueueUrl], bulk: env[ENV.bulkQueueUrl] };
  const queues = { removals: sqsSender(sqs, urls.removals), bulk: sqsSender(sqs, urls.bulk) };
  const signOut = signingOut(env[ENV.portalRegions]);
  const shared = {
    opener: kmsOpener(kms),
    sealer: kmsSealer(kms, env[ENV.tokenKey]),
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    denying,
    accessQueue: accessQueueUrl === undefined ? undefined : sqsSender(sqs, accessQueueUrl),
    lifting: denying,
    notices: noticesTo(sqs, env),
    senders: {
      ownSource: env[ENV.ownEventSource],
      oktaSource: env[ENV.oktaEventSource],
      accounts: env[ENV.eventAccounts],
      identityStoreId: env[ENV.identityStoreId],
    },
    portalSessionSeconds: env[ENV.portalSessionSeconds],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    signOutFenceSeconds: env[ENV.signOutFenceSeconds],
    watch,
  };
  const store = directory(env);
  const removalsDirectory = store && directoryShare(store, env, 'removals');
  const reportsDirectory = store && directoryShare(store, env, 'reports');
  const queueOf = (origin: Origin): QueueOfMessages => {
    const limits = origin === 'bulk' ? shareOf(env) : env;
    const queue = queues[origin];
    const { signOut: own, pace } = limited(signOut, limits);
    const deps = {
      ...own,
      ...shared,
      directory: removalsDirectory,
      names: userNames(env, { tokenCache: shared.tokenCache, directory: removalsDirectory }),
      origin,
      queue,
      concurrency: limits[ENV.logoutsAtOnce],
    };
    return {
      retried: origin,
      redelivery: sqsRedelivery(sqs, urls[origin]),
      process: (body, deadline, attempt) => processMessage(deps, body, deadline, attempt),
      logoutsPerSecond: pace.perSecond,
    };
  };
  const reports: QueueOfMessages = {
    redelivery: sqsRedelivery(sqs, env[ENV.reportsQueueUrl]),
    process: (body, deadline) =>
      processReport({ ...signOut, ...shared, directory: reportsDirectory, queues }, body, deadline),
  };
  return {
    maxReceiveCount: env[ENV.maxReceiveCount],
    queues: {
      [queueName(urls.removals)]: queueOf('removals'),
      [queueName(urls.bulk)]: queueOf('bulk'),
      [queueName(env[ENV.reportsQueueUrl])]: reports,
    },
  };
}

/** Shares of the rate of calls to the identity store. Jobs that sign everyone out do not call it. */
export const DIRECTORY_SHARES = { sweep: 0.5, removals: 0.3, reports: 0.2 };

/** The identity store, at the rate that one worker may call it for this queue. */
function directoryShare(
  store: Directory,
  env: v.InferOutput<typeof environments.work>,
  queue: 'removals' | 'reports',
): Directory {
  const perSecond = (env[ENV.directoryCallsPerSecond] * DIRECTORY_SHARES[queue]) / env[ENV.workers];
  return pacedDirectory(store, evenly(perSecond), clock);
}

/**
 * The rates of one worker for bulk jobs: all workers together keep the rates of the stack. A removal gets the whole rates, because
 * there is usually one at a time. If there are more, and the portal throttles them, each slows down.
 */
function shareOf(env: Limits & { [ENV.workers]: number }): Limits {
  return {
    [ENV.logoutsPerSecond]: env[ENV.logoutsPerSecond] / env[ENV.workers],
    [ENV.maxLogoutsPerSecond]: env[ENV.maxLogoutsPerSecond] / env[ENV.workers],
    [ENV.logoutsAtOnce]: Math.max(1, Math.floor(env[ENV.logoutsAtOnce] / env[ENV.workers])),
  };
}

export function wireSweep(): SweepDeps {
  const env = readEnvironment(environments.sweep);
  const dynamo = new DynamoDBClient(clientConfig);
  const list = env[ENV.denyListTable];
  return {
    clock,
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    directory: directory(env),
    denied: list === undefined ? undefined : dynamoDenyList(dynamo, list),
    reports: sqsSender(sqsClient(), env[ENV.reportsQueueUrl]),
    pace: evenly(env[ENV.directoryCallsPerSecond] * DIRECTORY_SHARES.sweep),
  };
}

export function wireReconcile(): ReconcileDeps {
  const env = readEnvironment(environments.reconcile);
  const dynamo = new DynamoDBClient(clientConfig);
  const sqs = sqsClient();
  const role = env[ENV.organizationsRole];
  const credentials = role === undefined ? {} : { credentials: assumedRole(role) };
  return {
    clock,
    list: dynamoDenyList(dynamo, env[ENV.denyListTable]),
    policies: organizationsPolicies(new OrganizationsClient({ ...clientConfig, ...credentials })),
    records: dynamoAmendments(dynamo, env[ENV.revocationsTable]),
    reconciler: sqsReconciler(sqs, env[ENV.denyListQueueUrl], clock),
    notices: noticesTo(sqs, env),
    policyIds: env[ENV.denyPolicyIds],
    policyCharacters: env[ENV.denyPolicyCharacters],
    adopted: env[ENV.denyPoliciesAdopted] !== undefined,
    pause: (millis, signal) => sleep(millis, undefined, { signal }),
  };
}
