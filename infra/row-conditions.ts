import type { PolicyStatementProps } from 'aws-cdk-lib/aws-iam';

type Conditions = NonNullable<PolicyStatementProps['conditions']>;

const LEADING_KEYS = 'dynamodb:LeadingKeys';

/** "For all values" also holds where there is no value, so a call must name a partition. */
const partitionNamed = { Null: { [LEADING_KEYS]: 'false' } };

/** The rows of these partitions alone. @param patterns - partition keys, `*` for any characters */
export function onlyPartitions(patterns: readonly string[]): Conditions {
  return { 'ForAllValues:StringLike': { [LEADING_KEYS]: patterns }, ...partitionNamed };
}

/** The rows of all partitions but these. @param patterns - partition keys, `*` for any characters */
export function allPartitionsBut(patterns: readonly string[]): Conditions {
  return { 'ForAllValues:StringNotLike': { [LEADING_KEYS]: patterns }, ...partitionNamed };
}

/** Reads that ask for these attributes and for no other. */
export function onlyAttributes(attributes: readonly string[]): Conditions {
  return {
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes },
    StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
  };
}
