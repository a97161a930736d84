import { AWS_SOURCES } from '../event-names.ts';
import { type Ignored, ignore } from './decision.ts';
import type { Envelope } from './envelope.ts';

/** Whose events are believed. An event that somebody else could have sent ends nothing and lifts nothing. */
export interface BelievedSenders {
  /** `source` of the `User Removed` events of an offboarding process. Never begins with `aws.`. */
  readonly ownSource: string;
  /** Name of Okta's partner event bus: its events have it as `source`. Without it no event of Okta is believed. */
  readonly oktaSource?: string | undefined;
  /** Accounts from which AWS's events are believed: the stack's, and those that forward events to it. */
  readonly accounts: readonly string[];
  /** Without it AWS's events are believed by account alone. */
  readonly identityStoreId?: string | undefined;
}

/** Where an event may name the identity store that it is about. */
export interface StorePlaces {
  /** Objects with an `identityStoreId`, or an ARN. */
  readonly objects: readonly Readonly<Record<string, unknown>>[];
  /** Values that may be ARNs of the store, or of somebody in it. */
  readonly references: readonly unknown[];
}

/**
 * Why an event that says it is AWS's is not believed; undefined when it is. EventBridge refuses such a `source` from
 * customers (docs/facts.md § Delivery of events). Partners have it as well, so their prefix is left out.
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

/** How the ARN of an identity store begins, and that of somebody in it. */
const STORE_ARN = /^arn:[\w-]+:identitystore:[^:]*:[^:]*:identitystore\/([^/]*)/;

/** Every identity store that the event names there. What is no well-formed id is none of ours, either. */
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
