import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type * as v from 'valibot';
import { clientConfig } from '../aws/clients.ts';
import { sqsReconciler, sqsSender } from '../aws/job-queue.ts';
import { dynamoRevocationReader } from '../aws/records/reader.ts';
import { dynamoRevocationRecords } from '../aws/records/records.ts';
import { dynamoDenyList } from '../aws/role-sessions/deny-list.ts';
import { kmsOpener, kmsSealer } from '../aws/token-cache/cipher.ts';
import { dynamoFencesAndJobs } from '../aws/token-cache/fences-and-jobs.ts';
import { dynamoTokenCache } from '../aws/token-cache/token-cache.ts';
import type { ListByTimeDeps } from '../domain/record/list-by-time.ts';
import type { ListRevocationsDeps } from '../domain/record/list-revocations.ts';
import type { ReadRevocationDeps } from '../domain/record/read-revocation.ts';
import type { RegisterSessionDeps } from '../domain/register/register-session.ts';
import type { RequestEveryoneDeps } from '../domain/revoke/request-everyone.ts';
import type { LiftDeps, Lifting } from '../domain/role-sessions/lift.ts';
import type { ListSessionsDeps } from '../domain/sessions/list-sessions.ts';
import { ENV, environments, readEnvironment } from '../env.ts';
import type { PersonSettings } from '../requests/person.ts';
import {
  clock,
  denyList,
  directory,
  kmsClient,
  limited,
  noticesTo,
  signingOut,
  sqsClient,
  userNames,
  watch,
} from './parts.ts';

// One builder for each function, called once per cold start. Each makes only the clients that its function uses.

export function wireRevoke() {
  const env = readEnvironment(environments.revoke);
  const dynamo = new DynamoDBClient(clientConfig);
  const kms = kmsClient();
  const sqs = sqsClient();
  const signOut = signingOut(env[ENV.portalRegions]);
  const tokenCache = dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]);
  const store = directory(env);
  const shared = {
    tokenCache,
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    names: userNames(env, { tokenCache, directory: store }),
    opener: kmsOpener(kms),
    sealer: kmsSealer(kms, env[ENV.tokenKey]),
    portalSessionSeconds: env[ENV.portalSessionSeconds],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    denying: denyList(dynamo, sqs, env),
    signOutFenceSeconds: env[ENV.signOutFenceSeconds],
    notices: noticesTo(sqs, env),
    watch,
  };
  return {
    // A request makes one Logout, so the API's throttle limits the Logouts.
    session: { ...signOut, ...shared },
    user: {
      ...limited(signOut, env).signOut,
      ...shared,
      queue: sqsSender(sqs, env[ENV.removalsQueueUrl]),
      directory: store,
      concurrency: env[ENV.logoutsAtOnce],
    },
  };
}

export function wireRevokeEveryone(): RequestEveryoneDeps {
  const env = readEnvironment(environments.revokeEveryone);
  const dynamo = new DynamoDBClient(clientConfig);
  const sqs = sqsClient();
  return {
    clock,
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    tokenCache: dynamoFencesAndJobs(dynamo, env[ENV.tokenCacheTable]),
    queue: sqsSender(sqs, env[ENV.bulkQueueUrl]),
    portalSessionSeconds: env[ENV.portalSessionSeconds],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    denying: denyList(dynamo, sqs, env),
    breakGlassUserIds: env[ENV.breakGlassUserIds] ?? [],
  };
}

export function wireReadRevocation(): ReadRevocationDeps {
  const env = readEnvironment(environments.readRevocation);
  return {
    clock,
    records: dynamoRevocationReader(new DynamoDBClient(clientConfig), env[ENV.revocationsTable]),
  };
}

export function wireListRevocations(): ListRevocationsDeps & ListByTimeDeps {
  const env = readEnvironment(environments.listRevocations);
  return {
    clock,
    records: dynamoRevocationReader(new DynamoDBClient(clientConfig), env[ENV.revocationsTable]),
    directory: directory(env),
  };
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
  const sqs = sqsClient();
  return {
    ...signingOut(env[ENV.portalRegions]),
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    sealer: kmsSealer(kmsClient(), env[ENV.tokenKey]),
    reports: sqsSender(sqs, env[ENV.reportsQueueUrl]),
    notices: noticesTo(sqs, env),
    directory: directory(env),
    recordsUserNames: env[ENV.recordUserNames] !== undefined,
    portalSessionSeconds: env[ENV.portalSessionSeconds],
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
    maxSessionsPerUser: env[ENV.maxSessionsPerUser],
  };
}

export function wireListSessions(): ListSessionsDeps {
  const env = readEnvironment(environments.listSessions);
  return { clock, tokenCache: dynamoTokenCache(new DynamoDBClient(clientConfig), env[ENV.tokenCacheTable]) };
}

export function wireLiftDenial(): LiftDeps & { lifting: Lifting } {
  const env = readEnvironment(environments.liftDenial);
  const dynamo = new DynamoDBClient(clientConfig);
  return {
    clock,
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    lifting: {
      list: dynamoDenyList(dynamo, env[ENV.denyListTable]),
      reconciler: sqsReconciler(sqsClient(), env[ENV.denyListQueueUrl], clock),
    },
  };
}

export function wireLiftEveryone() {
  const env = readEnvironment(environments.liftEveryone);
  const list = dynamoDenyList(new DynamoDBClient(clientConfig), env[ENV.denyListTable]);
  const reconciler = sqsReconciler(sqsClient(), env[ENV.denyListQueueUrl], clock);
  return { clock, lifting: { list, reconciler } };
}

export function wireUnknownRoute(): string[] {
  return readEnvironment(environments.unknownRoute)[ENV.routes];
}
