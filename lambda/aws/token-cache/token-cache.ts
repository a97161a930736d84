import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TokenCache } from '../../domain/stores.ts';
import { dynamoFencesAndJobs } from './fences-and-jobs.ts';
import { dynamoHolders } from './holders.ts';
import { dynamoLeases } from './leases.ts';
import { dynamoScan } from './scan.ts';
import { dynamoSessions } from './sessions.ts';

/** The token cache in DynamoDB: `userId` + `sessionId`, and an index by `sessionId` that is eventually consistent. */
export function dynamoTokenCache(client: DynamoDBClient, table: string): TokenCache {
  return {
    ...dynamoSessions(client, table),
    ...dynamoFencesAndJobs(client, table),
    ...dynamoLeases(client, table),
    ...dynamoScan(client, table),
    ...dynamoHolders(client, table),
  };
}
