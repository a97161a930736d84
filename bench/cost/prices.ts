/**
 * Prices in us-east-1, in USD, without any free tier, as of PRICES_AS_OF. They are from secondary sources and not from AWS's own
 * pages, so they are unverified: docs/facts.md § Prices.
 */
export const PRICES_AS_OF = '2026-11-28';

const MILLION = 1_000_000;

export const PRICES = {
  httpApiRequest: 1 / MILLION,
  lambdaRequest: 0.2 / MILLION,
  /** arm64. Initialization is billed too. */
  lambdaGbSecond: 0.000_013_333_4,
  /** The price of on-demand capacity. */
  dynamoDbWriteUnit: 0.625 / MILLION,
  dynamoDbReadUnit: 0.125 / MILLION,
  sqsRequest: 0.4 / MILLION,
  /** The price of a custom event. Events of AWS services cost nothing. */
  eventBridgeEvent: 1 / MILLION,
  kmsRequest: 0.03 / 10_000,
  logsGb: 0.5,
  /** Per month. */
  kmsKey: 1,
  /** Per month, with standard resolution. */
  alarm: 0.1,
  /** Per month. */
  dashboard: 3,
  /** Per month, for each name and set of dimensions. AWS prorates it by the hour. */
  customMetric: 0.3,
} as const;
