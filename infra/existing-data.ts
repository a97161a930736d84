import { Arn, ArnFormat, type Stack, Token } from 'aws-cdk-lib';
import { KEY_ARN } from './data-encryption.ts';

/**
 * ARNs of the tables and the key that an earlier stack left behind, in the account and Region of the new stack. Deploying does
 * not change them. The key's policy names the roles of the earlier stack, so you must replace it by hand: see docs/deployment.md.
 */
export interface ExistingData {
  /** The table of the token cache. */
  readonly tokenCacheTableArn: string;
  /** The table of revocations. */
  readonly revocationsTableArn: string;
  /**
   * The table of the deny list. Only with `roleSessions`. A new table is empty, so all earlier denials end.
   *
   * @default a new table, if there are `roleSessions`
   */
  readonly denyListTableArn?: string;
  /** The key that decrypts the tokens in the token cache. */
  readonly keyArn: string;
}

export interface ExistingDataProps {
  /**
   * Tables and key of an earlier stack, used instead of new ones: docs/deployment.md § Tables and key of an earlier stack.
   *
   * @default none: they are created
   */
  readonly existing?: ExistingData;
}

const TABLE = /^arn:[\w-]+:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]{3,255}$/;

/** @throws Error naming the ARN that is invalid, or that is not in the stack's account and Region */
export function requireExisting(existing: ExistingData, hasDenyList: boolean, stack: Stack): void {
  const { keyArn, ...tables } = existing;
  requireArn('existing.keyArn', keyArn, KEY_ARN, 'the ARN of a key', stack);
  for (const [name, arn] of Object.entries(tables)) {
    requireArn(`existing.${name}`, arn, TABLE, 'the ARN of a table', stack);
  }
  const given = Object.values(tables).filter((arn) => arn !== undefined);
  if (new Set(given).size < given.length)
    throw new Error('The tables of existing must differ from each other.');
  if (existing.denyListTableArn === undefined || hasDenyList) return;
  throw new Error('existing.denyListTableArn is for roleSessions: without them, nobody reads that table.');
}

function requireArn(what: string, arn: string | undefined, form: RegExp, is: string, stack: Stack): void {
  if (arn === undefined || Token.isUnresolved(arn)) return;
  if (!form.test(arn)) throw new Error(`${what} must be ${is}, not ${JSON.stringify(arn)}.`);
  const { account, region } = Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME);
  const isElsewhere = (its: string | undefined, stacks: string) =>
    !Token.isUnresolved(stacks) && its !== stacks;
  if (isElsewhere(account, stack.account) || isElsewhere(region, stack.region)) {
    throw new Error(`${what} must be in the account and Region of the stack, not ${arn}.`);
  }
}
