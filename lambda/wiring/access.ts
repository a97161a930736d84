import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { clientConfig } from '../aws/clients.ts';
import {
  accessGiver,
  accessRemover,
  type IdentityCenter,
  userAccess,
} from '../aws/identity-center/access.ts';
import { identityStoreDirectory } from '../aws/identity-center/directory.ts';
import { sqsRedelivery, sqsSender } from '../aws/job-queue.ts';
import { dynamoAccessRecords } from '../aws/records/access-records.ts';
import { dynamoRevocationReader } from '../aws/records/reader.ts';
import { type RemoveAccessDeps, removeAccess } from '../domain/access/remove-access.ts';
import type { RestoreAccessDeps } from '../domain/access/restore-access.ts';
import { evenly } from '../domain/pace.ts';
import type { AccessWatch } from '../domain/watch.ts';
import { ENV, environments, readEnvironment } from '../env.ts';
import type { MessagesDeps } from '../shell/messages.ts';
import { count, logger } from '../shell/telemetry.ts';
import { clock, denyList, noticesTo, queueName, sqsClient } from './parts.ts';

/**
 * Grants that are removed or restored per second, over all workers, for each call per second that the setting allows: 2 a second
 * by default. Each takes about three calls to Identity Center or the identity store: docs/facts.md § Rates.
 */
const GRANTS_PER_CALL = 0.2;

const watch: AccessWatch = {
  accessLeft(removal) {
    logger.error('access left', removal);
    count('AccessLeft');
  },
};

type Pause = IdentityCenter['pause'];
const wait: Pause = (millis, signal) => sleep(millis, undefined, { signal });

/** The clients call the Region of the instance: no other Region can change anything (docs/facts.md § Identity store). */
function centerOf(
  env: { [ENV.instanceArn]: string; [ENV.instanceRegion]: string; [ENV.identityStoreId]: string },
  pause: Pause,
): IdentityCenter {
  const config = { ...clientConfig, region: env[ENV.instanceRegion] };
  return {
    ssoAdmin: new SSOAdminClient(config),
    instanceArn: env[ENV.instanceArn],
    identityStore: new IdentitystoreClient(config),
    identityStoreId: env[ENV.identityStoreId],
    pause,
  };
}

/** @param pause - waits between two status requests for a change of an assignment */
export function wireRemoveAccess(pause: Pause = wait): MessagesDeps {
  const env = readEnvironment(environments.removeAccess);
  const sqs = sqsClient();
  const dynamo = new DynamoDBClient(clientConfig);
  const { center, ...shared } = parts(env, dynamo, pause);
  const url = env[ENV.accessQueueUrl];
  const deps: RemoveAccessDeps = {
    ...shared,
    access: { ...userAccess(center), ...accessRemover(center) },
    pace: evenly((env[ENV.directoryCallsPerSecond] * GRANTS_PER_CALL) / env[ENV.workers]),
    queue: sqsSender(sqs, url),
    denying: denyList(dynamo, sqs, env),
    notices: noticesTo(sqs, env),
    watch,
  };
  return {
    maxReceiveCount: env[ENV.maxReceiveCount],
    queues: {
      [queueName(url)]: {
        redelivery: sqsRedelivery(sqs, url),
        process: (body, deadline, attempt) => removeAccess(deps, body, deadline, attempt),
      },
    },
  };
}

export function wireRestoreAccess(pause: Pause = wait): RestoreAccessDeps {
  const env = readEnvironment(environments.restoreAccess);
  const { center, ...shared } = parts(env, new DynamoDBClient(clientConfig), pause);
  const access = { ...userAccess(center), ...accessGiver(center) };
  return { ...shared, access, pace: evenly(env[ENV.directoryCallsPerSecond] * GRANTS_PER_CALL) };
}

function parts(
  env: {
    [ENV.revocationsTable]: string;
    [ENV.recordRetentionDays]: number;
    [ENV.instanceArn]: string;
    [ENV.instanceRegion]: string;
    [ENV.identityStoreId]: string;
  },
  dynamo: DynamoDBClient,
  pause: Pause,
) {
  const center = centerOf(env, pause);
  const table = env[ENV.revocationsTable];
  return {
    clock,
    center,
    directory: identityStoreDirectory(center.identityStore, center.identityStoreId),
    records: {
      ...dynamoRevocationReader(dynamo, table),
      ...dynamoAccessRecords(dynamo, table, env[ENV.recordRetentionDays]),
    },
  };
}
