import type { PolicyStatementProps } from 'aws-cdk-lib/aws-iam';

type Conditions = NonNullable<PolicyStatementProps['conditions']>;

const LEADING_KEYS = 'dynamodb:LeadingKeys';

/** ForAllValues also matches a call that names no partition, so a partition is required. */
const partitionNamed = { Null: { [LEADING_KEYS]: 'false' } };

/** Allows only the rows of these partitions. @param patterns - partition keys, `*` for any characters */
export function onlyPartitions(patterns: readonly string[]): Conditions {
  return { 'ForAllValues:StringLike': { [LEADING_KEYS]: patterns }, ...partitionNamed };
}

/** Allows the rows of all partitions but these. @param patterns - partition keys, `*` for any characters */
export function allPartitionsBut(patterns: readonly string[]): Conditions {
  return { 'ForAllValues:StringNotLike': { [LEADING_KEYS]: patterns }, ...partitionNamed };
}

/** Allows only reads that request no other attributes than these. */
export function onlyAttributes(attributes: readonly string[]): Conditions {
  return {
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes },
    StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
  };
}
