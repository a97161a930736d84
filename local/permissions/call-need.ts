/** What IAM calls the context of a request: condition keys with their values. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** What has to be allowed for a call: the action on every one of the resources. */
export interface Need {
  /** As policies name it, such as `dynamodb:Query`; not always the operation's own name. */
  readonly action: string;
  readonly resources: readonly string[];
  readonly context: Context;
}

/** The parameters of a call. */
export type Input = Readonly<Record<string, unknown>>;

/** What a call's parameters do not say about its resources. */
export interface Place {
  readonly region: string;
  /** Name of the partition key of a table, or of one of its indexes. */
  partitionKeyOf(table: string, index: string | undefined): string | undefined;
  /** ARN of the key that a call to KMS uses; undefined where the call cannot succeed. */
  kmsKeyOf(input: Input): string | undefined;
}

/** The condition keys that the request has a value for. */
export function present(values: Input): Context {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [key, String(value)]));
}
