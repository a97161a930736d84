import { AWS_SOURCES } from '../event-names.ts';
import { type Ignored, ignore } from './decision.ts';
import type { Envelope } from './envelope.ts';

/** The senders whose events are trusted. An event that somebody else could have sent ends nothing and lifts nothing. */
export interface BelievedSenders {
  /** The `source` of the `User Removed` events of an offboarding process. It never begins with `aws.`. */
  readonly ownSource: string;
  /** The name of Okta's partner event bus, which is the `source` of its events. If absent, no event of Okta is trusted. */
  readonly oktaSource?: string | undefined;
  /** The accounts whose AWS events are trusted: the account of the stack, and those that forward events to it. */
  readonly accounts: readonly string[];
  /** If absent, the identity store of an AWS event is not checked. */
  readonly identityStoreId?: string | undefined;
}

/** The places in an event that may name the event's identity store. */
export interface StorePlaces {
  /** Objects that may have the id or the ARN of an identity store. */
  readonly objects: readonly Readonly<Record<string, unknown>>[];
  /** Values that may be the ARN of an identity store, or of a user in it. */
  readonly references: readonly unknown[];
}

/**
 * Why an event that claims to be from AWS is not trusted; undefined if it is trusted. EventBridge refuses such a `source` from
 * customers: docs/facts.md § Delivery of events. The `source` of partners begins the same way, so their prefix is excluded.
 */
export function whyNotAws(
  { source, account }: Envelope,
  places: StorePlaces,
  { accounts, identityStoreId }: Pick<BelievedSenders, 'accounts' | 'identityStoreId'>,
): Ignored | undefined {
  if (!source.startsWith(AWS_SOURCES.prefix) || source.startsWith(AWS_SOURCES.partnerPrefix)) {
    return ignore('The event is not believed: its source is no service of AWS.');
  }
  if (!accounts.includes(account)) {
    return ignore("The event is not believed: its account is neither the stack's nor one of eventAccounts.");
  }
  if (identityStoreId !== undefined && storesIn(places).some((store) => store !== identityStoreId)) {
    return ignore('The event is not believed: it is about another identity store than the configured one.');
  }
  return undefined;
}

/** The start of the ARN of an identity store, or of a user in it. */
const STORE_ARN = /^arn:[\w-]+:identitystore:[^:]*:[^:]*:identitystore\/([^/]*)/;

/** All identity stores that the event names. A value that is not a valid id is kept, because it is not our store either. */
function storesIn({ objects, references }: StorePlaces): unknown[] {
  const ids = objects.flatMap(({ identityStoreId, IdentityStoreId }) => [identityStoreId, IdentityStoreId]);
  const arns = objects.flatMap(({ identityStoreArn, IdentityStoreArn }) => [
    identityStoreArn,
    IdentityStoreArn,
  ]);
  const inArns = [...arns, ...references].map((value) =>
    typeof value === 'string' ? STORE_ARN.exec(value)?.[1] : undefined,
  );
  return [...ids, ...inArns].filter((store) => store !== undefined && store !== null);
}
