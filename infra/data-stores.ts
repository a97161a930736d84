import type { Construct } from 'constructs';
import { DataEncryption } from './data-encryption.ts';
import { DenyList } from './deny-list.ts';
import { RevocationRecords } from './revocation-records.ts';
import type { Settings } from './session-revocation-props.ts';
import { TokenCache } from './token-cache.ts';

/** What holds the data, each new or that of an earlier stack. */
export interface DataStores {
  readonly tokenCache: TokenCache;
  readonly records: RevocationRecords;
  /** Absent where role sessions are not denied. */
  readonly denyList: DenyList | undefined;
  /** With a key of the company; absent for keys of AWS. */
  readonly encryption: DataEncryption | undefined;
}

export function createDataStores(scope: Construct, settings: Settings): DataStores {
  const { recordRetention, portalSession, maxRoleSession, roleSessions, deployment } = settings;
  const { existing, encryptionKey } = deployment;
  const encryption = encryptionKey && new DataEncryption(scope, encryptionKey);
  const kept = { ...deployment.kept, encryption };
  return {
    encryption,
    tokenCache: new TokenCache(scope, 'TokenCache', {
      kept,
      existing: existing && { tableArn: existing.tokenCacheTableArn, keyArn: existing.keyArn },
    }),
    records: new RevocationRecords(scope, 'Records', {
      retention: recordRetention,
      portalSession,
      maxRoleSession,
      kept,
      existingTableArn: existing?.revocationsTableArn,
    }),
    denyList:
      roleSessions &&
      new DenyList(scope, 'DenyList', {
        settings: roleSessions,
        kept,
        existingTableArn: existing?.denyListTableArn,
      }),
  };
}
