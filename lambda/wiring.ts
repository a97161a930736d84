import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { KMSClient } from '@aws-sdk/client-kms';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSOClient } from '@aws-sdk/client-sso';
import { SSOOIDCClient } from '@aws-sdk/client-sso-oidc';
import type * as v from 'valibot';
import { clientConfig } from './aws/clients.ts';
import { identityStoreDirectory } from './aws/identity-center/directory.ts';
import { ssoPortal } from './aws/identity-center/portal.ts';
import { ssoTokenService } from './aws/identity-center/token-service.ts';
import { sqsReconciler, sqsRedelivery, sqsSender } from './aws/job-queue.ts';
import { dynamoAmendments } from './aws/records/amend.ts';
import { dynamoRevocationReader } from './aws/records/reader.ts';
import { dynamoRevocationRecords } from './aws/records/records.ts';
import { assumedRole } from './aws/role-sessions/assumed-role.ts';
import { dynamoDenyList } from './aws/role-sessions/deny-list.ts';
import { organizationsPolicies } from './aws/role-sessions/deny-policies.ts';
import { kmsOpener, kmsSealer } from './aws/token-cache/cipher.ts';
import { dynamoTokenCache } from './aws/token-cache/token-cache.ts';
import { type Origin, processMessage } from './domain/detect/process-message.ts';
import { processReport } from './domain/detect/process-report.ts';
import type { SweepDeps } from './domain/detect/sweep.ts';
import { evenly, paced } from './domain/pace.ts';
import type { Watch } from './domain/ports.ts';
import type { ListRevocationsDeps } from './domain/record/list-revocations.ts';
import type { ReadRevocationDeps } from './domain/record/read-revocation.ts';
import type { RegisterSessionDeps } from './domain/register/register-session.ts';
import type { RequestEveryoneDeps } from './domain/revoke/revoke-everyone.ts';
import type { LiftDeps } from './domain/role-sessions/lift.ts';
import type { ReconcileDeps } from './domain/role-sessions/reconcile-deny-list.ts';
import type { EndSessionDeps, Regions } from './domain/sessions/end-session.ts';
import type { ListSessionsDeps } from './domain/sessions/list-sessions.ts';
import { ENV, environments, readEnvironment } from './env.ts';
import type { PersonSettings } from './requests/person.ts';
import type { MessagesDeps, QueueOfMessages } from './shell/messages.ts';
import { count, logger } from './shell/telemetry.ts';

const clock = () => new Date();

/** An alarm watches what is counted here. */
const watch: Watch = {
  rejected(session) {
    logger.error('session finally rejected', session);
    count('SessionRejected');
  },
};

// One builder for each function, called once a cold start; each takes in only the clients that its function uses.

export function wireRevoke() {
  const env = readEnvironment(environments.revoke);
  const dynamo = new DynamoDBClient(clientConfig);
  const kms = new KMSClient(clientConfig);
  const sqs = new SQSClient(clientConfig);
  const signOut = signingOut(env[ENV.portalRegions]);
  const shared = {
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    opener: kmsOpener(kms),
    sealer: kmsSealer(kms, env[ENV.tokenKey]),
    portalSessionSeconds: env[ENV.portalSessionSeconds],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    denying: denyList(dynamo, sqs, env),
    watch,
  };
  return {
    // One request, one Logout: the API's throttle is limit enough.
    session: { ...signOut, ...shared },
    user: {
      ...limited(signOut, env),
      ...shared,
      queue: sqsSender(sqs, env[ENV.removalsQueueUrl]),
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
    queue: sqsSender(new SQSClient(clientConfig), env[ENV.bulkQueueUrl]),
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
  };
}

export function wireReadRevocations(): ReadRevocationDeps & ListRevocationsDeps {
  const env = readEnvironment(environments.readRevocations);
  const dynamo = new DynamoDBClient(clientConfig);
  return { clock, records: dynamoRevocationReader(dynamo, env[ENV.revocationsTable]) };
}

export function wireRegisterSession(): RegisterSessionDeps {
  return registering(readEnvironment(environments.registerSession));
}

export function wireRegisterOwnSession(): RegisterSessionDeps & { persons: PersonSettings } {
  const env = readEnvironment(environments.registerOwnSession);
  const persons = { registrarRole: env[ENV.registrarRole], userNameClaim: env[ENV.userNameClaim] };
  return { ...registering(env), persons };
}

function registering(env: v.InferOutput<typeof environments.registerSession>): RegisterSessionDeps {
  const dynamo = new DynamoDBClient(clientConfig);
  return {
    ...signingOut(env[ENV.portalRegions]),
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    sealer: kmsSealer(new KMSClient(clientConfig), env[ENV.tokenKey]),
    reports: sqsSender(new SQSClient(clientConfig), env[ENV.reportsQueueUrl]),
    directory: directory(env[ENV.identityStoreId]),
    portalSessionSeconds: env[ENV.portalSessionSeconds],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    maxSessionsPerUser: env[ENV.maxSessionsPerUser],
  };
}

export function wireListSessions(): ListSessionsDeps {
  const env = readEnvironment(environments.listSessions);
  return { clock, tokenCache: dynamoTokenCache(new DynamoDBClient(clientConfig), env[ENV.tokenCacheTable]) };
}

export function wireWork(): MessagesDeps {
  const env = readEnvironment(environments.work);
  const dynamo = new DynamoDBClient(clientConfig);
  const kms = new KMSClient(clientConfig);
  const sqs = new SQSClient(clientConfig);
  const denying = denyList(dynamo, sqs, env);
  const urls = { removals: env[ENV.removalsQueueUrl], bulk: env[ENV.bulkQueueUrl] };
  const queues = { removals: sqsSender(sqs, urls.removals), bulk: sqsSender(sqs, urls.bulk) };
  const signOut = signingOut(env[ENV.portalRegions]);
  const shared = {
    opener: kmsOpener(kms),
    sealer: kmsSealer(kms, env[ENV.tokenKey]),
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    directory: directory(env[ENV.identityStoreId]),
    denying,
    lifting: denying,
    ownSource: env[ENV.ownEventSource],
    portalSessionSeconds: env[ENV.portalSessionSeconds],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    watch,
  };
  const queueOf = (origin: Origin): QueueOfMessages => {
    const limits = shareOf(env, origin);
    const queue = queues[origin];
    const deps = {
      ...limited(signOut, limits),
      ...shared,
      origin,
      queue,
      concurrency: limits[ENV.logoutsAtOnce],
    };
    return {
      redelivery: sqsRedelivery(sqs, urls[origin]),
      process: (body, deadline, attempt) => processMessage(deps, body, deadline, attempt),
    };
  };
  const reports: QueueOfMessages = {
    redelivery: sqsRedelivery(sqs, env[ENV.reportsQueueUrl]),
    process: (body, deadline) => processReport({ ...signOut, ...shared, queues }, body, deadline),
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

/** A queue's name is the last part of its URL, and of its ARN. */
function queueName(url: string): string {
  return url.split('/').at(-1) ?? '';
}

/** Of the rate of Logouts: what the workers of each queue may use, so that none of them can starve the other. */
const SHARES: Record<Origin, number> = { removals: 0.6, bulk: 0.4 };

/** The share of one worker, so that all of them together keep the rate. */
function shareOf(env: Limits & { [ENV.workers]: number }, origin: Origin): Limits {
  const share = SHARES[origin] / env[ENV.workers];
  return {
    [ENV.logoutsPerSecond]: env[ENV.logoutsPerSecond] * share,
    [ENV.logoutsAtOnce]: Math.max(1, Math.floor(env[ENV.logoutsAtOnce] * share)),
  };
}

export function wireSweep(): SweepDeps {
  const env = readEnvironment(environments.sweep);
  return {
    clock,
    tokenCache: dynamoTokenCache(new DynamoDBClient(clientConfig), env[ENV.tokenCacheTable]),
    directory: directory(env[ENV.identityStoreId]),
    reports: sqsSender(new SQSClient(clientConfig), env[ENV.reportsQueueUrl]),
    pace: evenly(env[ENV.directoryCallsPerSecond]),
  };
}

export function wireLiftDenial(): LiftDeps {
  const env = readEnvironment(environments.liftDenial);
  const dynamo = new DynamoDBClient(clientConfig);
  return {
    clock,
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    lifting: {
      list: dynamoDenyList(dynamo, env[ENV.denyListTable]),
      reconciler: sqsReconciler(new SQSClient(clientConfig), env[ENV.denyListQueueUrl], clock),
    },
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

function signingOut(portalRegions: Regions): EndSessionDeps {
  const portal = ssoPortal(clientsByRegion(SSOClient, portalRegions[0]), portalRegions);
  const tokenService = ssoTokenService(clientsByRegion(SSOOIDCClient, portalRegions[0]));
  return { clock, portal, tokenService, portalRegions };
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

/** A client for each Region that is asked for, the default one from the start; they live as long as the function. */
function clientsByRegion<C>(
  Client: new (config: RegionalConfig) => C,
  configured: string,
): (region: string) => C {
  const clients = new Map([[configured, new Client({ ...clientConfig, region: configured })]]);
  return (region) => {
    const client = clients.get(region) ?? new Client({ ...clientConfig, region });
    clients.set(region, client);
    return client;
  };
}
