import type { Column } from '../section.ts';

const COLUMNS: Readonly<Record<'dollars' | 'usage', readonly Column[]>> = {
  dollars: [
    { key: 'name', title: 'USD for 1,000 people (or sessions), by path' },
    { key: 'total', title: 'all', decimals: 4 },
    { key: 'lambda', title: 'Lambda', decimals: 4 },
    { key: 'dynamoDb', title: 'DynamoDB', decimals: 4 },
    { key: 'kms', title: 'KMS', decimals: 4 },
    { key: 'sqs', title: 'SQS', decimals: 4 },
    { key: 'apiAndEvents', title: 'API Gateway, EventBridge', decimals: 4 },
    { key: 'logs', title: 'logs', decimals: 4 },
  ],
  usage: [
    { key: 'name', title: 'for each person (or session), by path' },
    { key: 'writeUnits', title: 'write units', decimals: 1 },
    { key: 'readUnits', title: 'read units', decimals: 1 },
    { key: 'kmsRequests', title: 'KMS', decimals: 1 },
    { key: 'sqsRequests', title: 'SQS', decimals: 1 },
    { key: 'requestsAndEvents', title: 'API requests, events', decimals: 1 },
    { key: 'invocations', title: 'invocations', decimals: 1 },
    { key: 'billedMillis', title: 'billed ms' },
    { key: 'logBytes', title: 'bytes of logs' },
  ],
};

export const pathColumns = (table: keyof typeof COLUMNS): readonly Column[] => COLUMNS[table];
