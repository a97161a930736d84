/**
 * Prices in us-east-1, in USD, without any free tier, as of PRICES_AS_OF.
 * From secondary sources, not from AWS's own pages: unverified, docs/facts.md § Prices.
 */
export const PRICES_AS_OF = '2026-11-28';

const MILLION = 1_000_000;

export const PRICES = {
  httpApiRequest: 1 / MILLION,
  lambdaRequest: 0.2 / MILLION,
  /** arm64. Initialization is billed too. */
  lambdaGbSecond: 0.000_013_333_4,
  /** On demand. */
  dynamoDbWriteUnit: 0.625 / MILLION,
  dynamoDbReadUnit: 0.125 / MILLION,
  sqsRequest: 0.4 / MILLION,
  /** An event of one's own. Events of AWS services cost nothing. */
  eventBridgeEvent: 1 / MILLION,
  kmsRequest: 0.03 / 10_000,
  logsGb: 0.5,
  /** A month. */
  kmsKey: 1,
  /** A month; of standard resolution. */
  alarm: 0.1,
  /** A month. */
  dashboard: 3,
  /** A month; one for each name and set of dimensions. It is prorated by the hour. */
  customMetric: 0.3,
} as const;
