import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSOClient } from '@aws-sdk/client-sso';
import { SSOOIDCClient } from '@aws-sdk/client-sso-oidc';
import { dynamoCacheScan, dynamoSweepProgress } from './aws/cache-scan.ts';
import { kmsOpener, kmsSealer } from './aws/cipher.ts';
import { clientConfig } from './aws/clients.ts';
import { identityStoreDirectory } from './aws/directory.ts';
import { sqsJobQueue, sqsRedelivery } from './aws/job-queue.ts';
import { ssoPortal } from './aws/portal.ts';
import { dynamoRevocationReader, dynamoRevocationRecords } from './aws/revocation-records.ts';
import { dynamoSessionRegister } from './aws/session-register.ts';
import { dynamoTokenCache } from './aws/token-cache.ts';
import { ssoTokenService } from './aws/token-service.ts';
import { dynamoRevocationIndex, dynamoUserRevocationRecords } from './aws/user-revocation-records.ts';
import { dynamoSessionList, dynamoUserSessions } from './aws/user-sessions.ts';
import type { EndSessionDeps } from './domain/end-session.ts';
import type { ListRevocationsDeps } from './domain/list-revocations.ts';
import type { ListSessionsDeps } from './domain/list-sessions.ts';
import { evenly, paced } from './domain/pace.ts';
import type { ReadRevocationDeps } from './domain/read-revocation.ts';
import type { RegisterSessionDeps } from './domain/register-session.ts';
import type { RequestEveryoneDeps } from './domain/revoke-everyone.ts';
import type { SweepDeps } from './domain/sweep.ts';
import { ENV, environments, readEnvironment } from './env.ts';

const clock = () => new Date();

// One builder for each function, called once a cold start; each takes in only the clients that its function uses.

export function wireRevoke() {
  const env = readEnvironment(environments.revoke);
  const dynamo = new DynamoDBClient(clientConfig);
  const kms = new KMSClient(clientConfig);
  const tokenCache = env[ENV.tokenCacheTable];
  const records = dynamoUserRevocationRecords(
    dynamo,
    env[ENV.revocationsTable],
    env[ENV.recordRetentionDays],
  );
  const maxRoleSessionSeconds = env[ENV.maxRoleSessionSeconds];
  const signOut = signingOut(env[ENV.portalRegion]);
  const sessions = dynamoUserSessions(dynamo, tokenCache);
  const held = { copies: sessions, opener: kmsOpener(kms), sealer: kmsSealer(kms, env[ENV.tokenKey]) };
  return {
    // One request, one Logout: the API's throttle is limit enough.
    session: {
      ...signOut,
      held,
      tokenCache: dynamoTokenCache(dynamo, tokenCache),
      records,
      maxRoleSessionSeconds,
    },
    user: {
      ...limited(signOut, env),
      opener: held.opener,
      sealer: held.sealer,
      sessions,
      records,
      queue: sqsJobQueue(new SQSClient(clientConfig), env[ENV.queueUrl]),
      directory: directory(env[ENV.identityStoreId]),
      concurrency: env[ENV.logoutsAtOnce],
      maxRoleSessionSeconds,
    },
  };
}

export function wireRevokeEveryone(): RequestEveryoneDeps {
  const env = readEnvironment(environments.revokeEveryone);
  const dynamo = new DynamoDBClient(clientConfig);
  return {
    clock,
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    sessions: dynamoUserSessions(dynamo, env[ENV.tokenCacheTable]),
    queue: sqsJobQueue(new SQSClient(clientConfig), env[ENV.queueUrl]),
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
  };
}

export function wireReadRevocations(): ReadRevocationDeps & ListRevocationsDeps {
  const env = readEnvironment(environments.readRevocations);
  const dynamo = new DynamoDBClient(clientConfig);
  const table = env[ENV.revocationsTable];
  return {
    clock,
    records: dynamoRevocationReader(dynamo, table),
    index: dynamoRevocationIndex(dynamo, table),
  };
}

export function wireRegisterSession(): RegisterSessionDeps {
  const env = readEnvironment(environments.registerSession);
  const dynamo = new DynamoDBClient(clientConfig);
  const tokenCache = env[ENV.tokenCacheTable];
  return {
    ...signingOut(env[ENV.portalRegion]),
    tokenCache: dynamoTokenCache(dynamo, tokenCache),
    register: dynamoSessionRegister(dynamo, tokenCache),
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    sealer: kmsSealer(new KMSClient(clientConfig), env[ENV.tokenKey]),
    queue: sqsJobQueue(new SQSClient(clientConfig), env[ENV.queueUrl]),
    directory: directory(env[ENV.identityStoreId]),
    portalSessionSeconds: env[ENV.portalSessionSeconds],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
  };
}

export function wireListSessions(): ListSessionsDeps {
  const env = readEnvironment(environments.listSessions);
  return { clock, sessions: dynamoSessionList(new DynamoDBClient(clientConfig), env[ENV.tokenCacheTable]) };
}

export function wireWork() {
  const env = readEnvironment(environments.work);
  const dynamo = new DynamoDBClient(clientConfig);
  const kms = new KMSClient(clientConfig);
  const sqs = new SQSClient(clientConfig);
  const [tokenCache, revocations] = [env[ENV.tokenCacheTable], env[ENV.revocationsTable]];
  return {
    ...limited(signingOut(env[ENV.portalRegion]), env),
    opener: kmsOpener(kms),
    sealer: kmsSealer(kms, env[ENV.tokenKey]),
    sessions: dynamoUserSessions(dynamo, tokenCache),
    scan: dynamoCacheScan(dynamo, tokenCache),
    records: dynamoUserRevocationRecords(dynamo, revocations, env[ENV.recordRetentionDays]),
    queue: sqsJobQueue(sqs, env[ENV.queueUrl]),
    redelivery: sqsRedelivery(sqs, env[ENV.queueUrl]),
    directory: directory(env[ENV.identityStoreId]),
    ownSource: env[ENV.ownEventSource],
    concurrency: env[ENV.logoutsAtOnce],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    maxReceiveCount: env[ENV.maxReceiveCount],
  };
}

export function wireSweep(): SweepDeps {
  const env = readEnvironment(environments.sweep);
  const dynamo = new DynamoDBClient(clientConfig);
  const tokenCache = env[ENV.tokenCacheTable];
  return {
    clock,
    scan: dynamoCacheScan(dynamo, tokenCache),
    progress: dynamoSweepProgress(dynamo, tokenCache),
    directory: directory(env[ENV.identityStoreId]),
    queue: sqsJobQueue(new SQSClient(clientConfig), env[ENV.queueUrl]),
    pace: evenly(env[ENV.directoryCallsPerSecond]),
  };
}

interface Limits {
  [ENV.logoutsPerSecond]: number;
  [ENV.logoutsAtOnce]: number;
}

function signingOut(configuredRegion: string): EndSessionDeps {
  const portal = ssoPortal(clientsByRegion(SSOClient, configuredRegion), configuredRegion);
  return { clock, portal, tokenService: ssoTokenService(clientsByRegion(SSOOIDCClient, configuredRegion)) };
}

function limited(signOut: EndSessionDeps, limits: Limits): EndSessionDeps {
  const pace = evenly(limits[ENV.logoutsPerSecond]);
  return { ...signOut, portal: paced(signOut.portal, pace, limits[ENV.logoutsAtOnce]) };
}

function directory(identityStoreId: string | undefined) {
  return identityStoreId === undefined
    ? undefined
    : identityStoreDirectory(new IdentitystoreClient(clientConfig), identityStoreId);
}

type RegionalConfig = typeof clientConfig & { region: string };

/** A client for each region that is asked for, the configured one from the start; they live as long as the function. */
function clientsByRegion<C>(
  Client: new (config: RegionalConfig) => C,
  configured: string,
): (region: string | undefined) => C {
  const clients = new Map([[configured, new Client({ ...clientConfig, region: configured })]]);
  return (region = configured) => {
    const client = clients.get(region) ?? new Client({ ...clientConfig, region });
    clients.set(region, client);
    return client;
  };
}
