import { PRICES } from './prices.ts';
import type { Usage } from './usage.ts';

/** The cost of a path, by service. */
export interface Dollars {
  readonly lambda: number;
  readonly dynamoDb: number;
  readonly kms: number;
  readonly sqs: number;
  readonly apiAndEvents: number;
  readonly logs: number;
}

const GB = 1024 ** 3;

/** @param gbSeconds - The sum of all invocations. */
export function dollarsOf(usage: Usage, gbSeconds: number): Dollars {
  const invocations = Object.values(usage.invocations).reduce((sum, count) => sum + count, 0);
  return {
    lambda: invocations * PRICES.lambdaRequest + gbSeconds * PRICES.lambdaGbSecond,
    dynamoDb: usage.writeUnits * PRICES.dynamoDbWriteUnit + usage.readUnits * PRICES.dynamoDbReadUnit,
    kms: usage.kmsRequests * PRICES.kmsRequest,
    sqs: usage.sqsRequests * PRICES.sqsRequest,
    apiAndEvents: usage.apiRequests * PRICES.httpApiRequest + usage.ownEvents * PRICES.eventBridgeEvent,
    logs: (usage.logBytes / GB) * PRICES.logsGb,
  };
}

export const total = (dollars: Dollars): number =>
  Object.values(dollars).reduce((sum: number, each: number) => sum + each, 0);
