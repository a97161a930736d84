import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSOClient } from '@aws-sdk/client-sso';
import { SSOOIDCClient } from '@aws-sdk/client-sso-oidc';
import { clientConfig, onDemand } from '../aws/clients.ts';
import { identityStoreDirectory } from '../aws/identity-center/directory.ts';
import { ssoPortal } from '../aws/identity-center/portal.ts';
import { ssoTokenService } from '../aws/identity-center/token-service.ts';
import { sqsReconciler, sqsSender } from '../aws/job-queue.ts';
import { dynamoDenyList } from '../aws/role-sessions/deny-list.ts';
import { type AdaptivePace, adaptive } from '../domain/adaptive-pace.ts';
import type { PortalWatch } from '../domain/ports.ts';
import type { EndSessionDeps, Regions } from '../domain/sessions/end-session.ts';
import { paced } from '../domain/sessions/paced-portal.ts';
import { type UserNames, type UserNamesDeps, userNamesOf } from '../domain/user-names.ts';
import type { NameWatch, Watch } from '../domain/watch.ts';
import { ENV } from '../env.ts';
import { countOver } from '../shell/count-over.ts';
import { count, logger } from '../shell/telemetry.ts';
import { watched } from './watched-portal.ts';

export const clock = () => new Date();

export const kmsClient = () => onDemand(() => new KMSClient(clientConfig));
export const sqsClient = () => onDemand(() => new SQSClient(clientConfig));

/** Alarms watch what is counted here. */
export const watch: Watch = {
  rejected(session) {
    logger.error('session finally rejected', session);
    count('SessionRejected');
  },
  over({ requestedAt, at, ...revocation }) {
    const seconds = (at.getTime() - requestedAt.getTime()) / 1000;
    logger[revocation.status === 'FAILED' ? 'error' : 'info']('revocation over', { ...revocation, seconds });
    countOver(revocation, seconds);
  },
};

const nameWatch: NameWatch = {
  nameless(record) {
    logger.warn('user name not recorded', record);
    count('UserNameNotRecorded');
  },
};

/** The pace finds the portal's limit by being throttled. So these requests are counted, but no alarm watches them. */
const portalWatch: PortalWatch = { throttled: () => count('LogoutThrottled') };

export interface Limits {
  [ENV.logoutsPerSecond]: number;
  [ENV.maxLogoutsPerSecond]: number;
  [ENV.logoutsAtOnce]: number;
}

/** Undefined if the stack does not deny role sessions. */
export function denyList(
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

/** Undefined if the stack sends no events. */
export function noticesTo(sqs: SQSClient, env: { [ENV.noticesQueueUrl]?: string | undefined }) {
  const { [ENV.noticesQueueUrl]: queueUrl } = env;
  return queueUrl === undefined ? undefined : sqsSender(sqs, queueUrl);
}

export function signingOut(portalRegions: Regions): EndSessionDeps {
  const portal = watched(ssoPortal(clientsByRegion(SSOClient), portalRegions, portalWatch));
  const tokenService = ssoTokenService(clientsByRegion(SSOOIDCClient));
  return { clock, portal, tokenService, portalRegions };
}

/** Adds a pace to Logout. The pace lives as long as the function, so it keeps what it learnt about the portal. */
export function limited(
  signOut: EndSessionDeps,
  limits: Limits,
): { signOut: EndSessionDeps; pace: AdaptivePace } {
  const pace = adaptive({
    perSecond: limits[ENV.logoutsPerSecond],
    maxPerSecond: limits[ENV.maxLogoutsPerSecond],
  });
  return { signOut: { ...signOut, portal: paced(signOut.portal, pace, limits[ENV.logoutsAtOnce]) }, pace };
}

/** Undefined if the stack has no identity store. Calls go to the Region of the instance, wherever the stack is. */
export function directory(env: {
  [ENV.identityStoreId]?: string | undefined;
  [ENV.instanceRegion]?: string | undefined;
}) {
  const { [ENV.identityStoreId]: identityStoreId, [ENV.instanceRegion]: region } = env;
  if (identityStoreId === undefined) return undefined;
  const client = onDemand(
    () => new IdentitystoreClient({ ...clientConfig, ...(region !== undefined && { region }) }),
  );
  return identityStoreDirectory(client, identityStoreId);
}

/** Undefined where the stack records no user names. @param tokenCache - absent where sessions cannot be read */
export function userNames(
  env: { [ENV.recordUserNames]?: 'true' | undefined },
  deps: Omit<UserNamesDeps, 'watch'>,
): UserNames | undefined {
  return env[ENV.recordUserNames] && userNamesOf({ ...deps, watch: nameWatch });
}

/** A queue's name is the last part of its URL, and of its ARN. */
export function queueName(url: string): string {
  return url.split('/').at(-1) ?? '';
}

type RegionalConfig = typeof clientConfig & { region: string };

/** Makes a client for each Region at its first use. The clients live as long as the function. */
function clientsByRegion<C>(Client: new (config: RegionalConfig) => C): (region: string) => C {
  const clients = new Map<string, C>();
  return (region) => {
    const client = clients.get(region) ?? new Client({ ...clientConfig, region });
    clients.set(region, client);
    return client;
  };
}
