import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { KMSClient } from '@aws-sdk/client-kms';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSOClient } from '@aws-sdk/client-sso';
import { SSOOIDCClient } from '@aws-sdk/client-sso-oidc';
import { clientConfig } from './aws/clients.ts';
import { identityStoreDirectory } from './aws/identity-center/directory.ts';
import { ssoPortal } from './aws/identity-center/portal.ts';
import { ssoTokenService } from './aws/identity-center/token-service.ts';
import { sqsJobQueue, sqsReconciler, sqsRedelivery } from './aws/job-queue.ts';
import { dynamoAmendments } from './aws/records/amend.ts';
import { dynamoRevocationReader } from './aws/records/reader.ts';
import { dynamoRevocationRecords } from './aws/records/records.ts';
import { assumedRole } from './aws/role-sessions/assumed-role.ts';
import { dynamoDenyList } from './aws/role-sessions/deny-list.ts';
import { organizationsPolicies } from './aws/role-sessions/deny-policies.ts';
import { kmsOpener, kmsSealer } from './aws/token-cache/cipher.ts';
import { dynamoTokenCache } from './aws/token-cache/token-cache.ts';
import type { SweepDeps } from './domain/detect/sweep.ts';
import { evenly, paced } from './domain/pace.ts';
import type { ListRevocationsDeps } from './domain/record/list-revocations.ts';
import type { ReadRevocationDeps } from './domain/record/read-revocation.ts';
import type { RegisterSessionDeps } from './domain/register/register-session.ts';
import type { RequestEveryoneDeps } from './domain/revoke/revoke-everyone.ts';
import type { LiftDenialsDeps } from './domain/role-sessions/deny-list.ts';
import type { ReconcileDeps } from './domain/role-sessions/reconcile-deny-list.ts';
import type { EndSessionDeps } from './domain/sessions/end-session.ts';
import type { ListSessionsDeps } from './domain/sessions/list-sessions.ts';
import { ENV, environments, readEnvironment } from './env.ts';

const clock = () => new Date();

// One builder for each function, called once a cold start; each takes in only the clients that its function uses.

export function wireRevoke() {
  const env = readEnvironment(environments.revoke);
  const dynamo = new DynamoDBClient(clientConfig);
  const kms = new KMSClient(clientConfig);
  const sqs = new SQSClient(clientConfig);
  const signOut = signingOut(env[ENV.portalRegion]);
  const shared = {
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    opener: kmsOpener(kms),
    sealer: kmsSealer(kms, env[ENV.tokenKey]),
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    denying: denyList(dynamo, sqs, env),
  };
  return {
    // One request, one Logout: the API's throttle is limit enough.
    session: { ...signOut, ...shared },
    user: {
      ...limited(signOut, env),
      ...shared,
      queue: sqsJobQueue(sqs, env[ENV.queueUrl]),
      directory: directory(env[ENV.identityStoreId]),
      concurrency: env[ENV.logoutsAtOnce],
    },
  };
}

export function wireRevokeEveryone(): RequestEveryoneDeps {
  const env = readEnvironment(environments.revokeEveryone);
  const dynamo = new DynamoDBClient(clientConfig);
  return {
    clock,
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    queue: sqsJobQueue(new SQSClient(clientConfig), env[ENV.queueUrl]),
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
  };
}

export function wireReadRevocations(): ReadRevocationDeps & ListRevocationsDeps {
  const env = readEnvironment(environments.readRevocations);
  const dynamo = new DynamoDBClient(clientConfig);
  return { clock, records: dynamoRevocationReader(dynamo, env[ENV.revocationsTable]) };
}

export function wireRegisterSession(): RegisterSessionDeps {
  const env = readEnvironment(environments.registerSession);
  const dynamo = new DynamoDBClient(clientConfig);
  return {
    ...signingOut(env[ENV.portalRegion]),
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
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
  return { clock, tokenCache: dynamoTokenCache(new DynamoDBClient(clientConfig), env[ENV.tokenCacheTable]) };
}

export function wireWork() {
  const env = readEnvironment(environments.work);
  const dynamo = new DynamoDBClient(clientConfig);
  const kms = new KMSClient(clientConfig);
  const sqs = new SQSClient(clientConfig);
  const denying = denyList(dynamo, sqs, env);
  return {
    ...limited(signingOut(env[ENV.portalRegion]), env),
    opener: kmsOpener(kms),
    sealer: kmsSealer(kms, env[ENV.tokenKey]),
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    queue: sqsJobQueue(sqs, env[ENV.queueUrl]),
    redelivery: sqsRedelivery(sqs, env[ENV.queueUrl]),
    directory: directory(env[ENV.identityStoreId]),
    denying,
    lifting: denying,
    senders: {
      ownSource: env[ENV.ownEventSource],
      oktaSource: env[ENV.oktaEventSource],
      accounts: env[ENV.eventAccounts],
      identityStoreId: env[ENV.identityStoreId],
    },
    concurrency: env[ENV.logoutsAtOnce],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    maxReceiveCount: env[ENV.maxReceiveCount],
  };
}

export function wireSweep(): SweepDeps {
  const env = readEnvironment(environments.sweep);
  return {
    clock,
    tokenCache: dynamoTokenCache(new DynamoDBClient(clientConfig), env[ENV.tokenCacheTable]),
    directory: directory(env[ENV.identityStoreId]),
    queue: sqsJobQueue(new SQSClient(clientConfig), env[ENV.queueUrl]),
    pace: evenly(env[ENV.directoryCallsPerSecond]),
  };
}

export function wireLiftDenial(): LiftDenialsDeps {
  const env = readEnvironment(environments.liftDenial);
  const dynamo = new DynamoDBClient(clientConfig);
  return {
    clock,
    list: dynamoDenyList(dynamo, env[ENV.denyListTable]),
    reconciler: sqsReconciler(new SQSClient(clientConfig), env[ENV.denyListQueueUrl], clock),
  };
}

export function wireReconcile(): ReconcileDeps {
  const env = readEnvironment(environments.reconcile);
  const dynamo = new DynamoDBClient(clientConfig);
  const role = env[ENV.organizationsRole];
  const credentials = role === undefined ? {} : { credentials: assumedRole(role) };
  return {
    clock,
    list: dynamoDenyList(dynamo, env[ENV.denyListTable]),
    policies: organizationsPolicies(new OrganizationsClient({ ...clientConfig, ...credentials })),
    records: dynamoAmendments(dynamo, env[ENV.revocationsTable]),
    policyIds: env[ENV.denyPolicyIds],
    policyCharacters: env[ENV.denyPolicyCharacters],
    adopted: env[ENV.denyPoliciesAdopted] !== undefined,
    pause: (millis, signal) => sleep(millis, undefined, { signal }),
  };
}

export function wireUnknownRoute(): string[] {
  return readEnvironment(environments.unknownRoute)[ENV.routes];
}

/** Undefined where the stack does not deny role sessions. */
function denyList(
  dynamo: DynamoDBClient,
  sqs: SQSClient,
  env: { [ENV.denyListTable]?: string | undefined; [ENV.denyListQueueUrl]?: string | undefined },
) {
  const { [ENV.denyListTable]: table, [ENV.denyListQueueUrl]: queueUrl } = env;
  if (table === undefined && queueUrl === undefined) return undefined;
  if (table === undefined || queueUrl === undefined) {
    throw new Error(`${ENV.denyListTable} and ${ENV.denyListQueueUrl} go together: one is missing.`);
  }
  return { clock, list: dynamoDenyList(dynamo, table), reconciler: sqsReconciler(sqs, queueUrl, clock) };
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
