/** What IAM calls the context of a request: condition keys with their values. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** The permission that a call needs: the action on each of the resources. */
export interface Need {
  /** The name in policies, such as `dynamodb:Query`. It may differ from the operation's own name. */
  readonly action: string;
  readonly resources: readonly string[];
  readonly context: Context;
}

/** The parameters of a call. */
export type Input = Readonly<Record<string, unknown>>;

/** Facts about the resources of a call that its parameters do not contain. */
export interface Place {
  readonly region: string;
  /** Name of the partition key of a table, or of one of its indexes. */
  partitionKeyOf(table: string, index: string | undefined): string | undefined;
  /** ARN of the key that a call to KMS uses; undefined if the call cannot succeed. */
  kmsKeyOf(input: Input): string | undefined;
}

/** Returns the condition keys for which the request has a value. */
export function present(values: Input): Context {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [key, String(value)]));
}
