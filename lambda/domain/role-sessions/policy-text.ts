import * as v from 'valibot';
import { identityOf } from './deny-statement.ts';

/** One denial that a policy states. */
export interface Stated {
  /** The result of `identityOf`. */
  identity: string;
  /** In seconds since 1970; undefined if every role session is denied. */
  cutoff?: number;
}

const Text = v.object({ Statement: v.array(v.unknown()) });
const Statement = v.object({
  Effect: v.literal('Deny'),
  Condition: v.looseObject({
    StringEquals: v.optional(v.strictObject({ 'identitystore:UserId': v.array(v.string()) })),
    DateLessThan: v.optional(v.strictObject({ 'aws:TokenIssueTime': v.string() })),
  }),
});

/** The denials that a policy's text states. A statement in another form states none. */
export function statedIn(text: string): Stated[] {
  const policy = v.safeParse(Text, parsed(text));
  return policy.success ? policy.output.Statement.flatMap(statedBy) : [];
}

function statedBy(input: unknown): Stated[] {
  const statement = v.safeParse(Statement, input);
  if (!statement.success) return [];
  const { StringEquals, DateLessThan, ...scope } = statement.output.Condition;
  const seconds = DateLessThan && Date.parse(DateLessThan['aws:TokenIssueTime']) / 1000;
  const userIds = StringEquals ? StringEquals['identitystore:UserId'] : [undefined];
  return userIds.map((userId) => ({
    identity: identityOf(JSON.stringify(scope), userId),
    ...(seconds !== undefined && { cutoff: seconds }),
  }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
