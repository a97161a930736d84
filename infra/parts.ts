import type { Construct } from 'constructs';
import { WORKER_TIMEOUT } from './background-functions.ts';
import { DataEncryption } from './data-encryption.ts';
import { DenyList } from './deny-list.ts';
import type { Parts } from './function-group.ts';
import { createNetwork } from './network.ts';
import { createNotices } from './outgoing-events.ts';
import { RevocationRecords } from './revocation-records.ts';
import type { Settings } from './session-revocation-props.ts';
import { TokenCache } from './token-cache.ts';
import { createWorkQueues } from './work-queues.ts';

/** Creates the resources that the functions share: queues, network, and tables and key unless an earlier stack's are used. */
export function createParts(scope: Construct, settings: Settings): Parts {
  const { recordRetention, portalSession, maxRoleSession, roleSessions, workers, deployment } = settings;
  const { existing, encryptionKey } = deployment;
  const encryption = encryptionKey && new DataEncryption(scope, encryptionKey);
  const kept = { ...deployment.kept, encryption };
  const tokenCache = new TokenCache(scope, 'TokenCache', {
    kept,
    existing: existing && { tableArn: existing.tokenCacheTableArn, keyArn: existing.keyArn },
  });
  const records = new RevocationRecords(scope, 'Records', {
    retention: recordRetention,
    portalSession,
    maxRoleSession,
    kept,
    existingTableArn: existing?.revocationsTableArn,
  });
  const queues = createWorkQueues(scope, { workerTimeout: WORKER_TIMEOUT, workers, encryption });
  const denyList =
    roleSessions &&
    new DenyList(scope, 'DenyList', {
      settings: roleSessions,
      kept,
      existingTableArn: existing?.denyListTableArn,
    });
  const network = createNetwork(scope, deployment.network);
  const notices = createNotices(scope, settings.eventsTo, encryption);
  return { settings, tokenCache, records, queues, denyList, notices, encryption, network };
}
