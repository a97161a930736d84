import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSOClient } from '@aws-sdk/client-sso';
import { clientConfig } from './aws/clients.ts';
import { ssoPortal } from './aws/portal.ts';
import { dynamoRevocationReader, dynamoRevocationRecords } from './aws/revocation-records.ts';
import { dynamoTokenCache } from './aws/token-cache.ts';
import type { ReadRevocationDeps } from './domain/read-revocation.ts';
import type { RevokeSessionDeps } from './domain/revoke-session.ts';
import { ENV, environments, readEnvironment } from './env.ts';

const clock = () => new Date();

/** Builds what a function needs, once a cold start. Each builder takes in only the clients its function uses. */
export function wireRevoke(): RevokeSessionDeps {
  const env = readEnvironment(environments.revoke);
  const dynamo = new DynamoDBClient(clientConfig);
  return {
    clock,
    portal: ssoPortal(clientsByRegion(env[ENV.portalRegion])),
    tokenCache: dynamoTokenCache(dynamo, env[ENV.tokenCacheTable]),
    records: dynamoRevocationRecords(dynamo, env[ENV.revocationsTable], env[ENV.recordRetentionDays]),
    maxRoleSessionSeconds: env[ENV.maxRoleSessionSeconds],
  };
}

export function wireReadRevocation(): ReadRevocationDeps {
  const env = readEnvironment(environments.readRevocation);
  return {
    clock,
    records: dynamoRevocationReader(new DynamoDBClient(clientConfig), env[ENV.revocationsTable]),
  };
}

/** The configured region's client lives as long as the function; others are rare and serve one call. */
function clientsByRegion(configured: string): (region: string | undefined) => SSOClient {
  const home = new SSOClient({ ...clientConfig, region: configured });
  return (region) =>
    region === undefined || region === configured ? home : new SSOClient({ ...clientConfig, region });
}
