import { Token } from 'aws-cdk-lib';
import { AWS_SOURCES } from '../lambda/domain/detect/event-names.ts';

export interface EventSendersProps {
  /**
   * The `source` of events by which your own systems report a removal: detail type `User Removed`, detail
   * `{userId | userName, reason?}`. Whoever may put events with this source can end anybody's sessions.
   *
   * @default offboarding
   */
  readonly eventSource?: string;
  /**
   * The name of Okta's partner event bus, `aws.partner/…`. Only events of that bus count as Okta's.
   *
   * @default none
   */
  readonly oktaEventBusName?: string;
  /**
   * Ids of other accounts that forward their AWS events to this one. The default event bus admits AWS's removal events from them,
   * and nothing else. A stack in a delegated administrator's account needs the id of the management account here.
   *
   * @default none: only events of the stack's own account are believed
   */
  readonly eventAccounts?: readonly string[];
}

/** Whose events are believed: the rules and the worker ask for the same. */
export interface EventSenders {
  /** `source` of the events by which other systems of the company tell of a removal. */
  readonly ownSource: string;
  /** Name of Okta's partner event bus, where there is one. */
  readonly oktaEventBusName?: string | undefined;
  /** Accounts that forward AWS's events to the stack's. */
  readonly eventAccounts: readonly string[];
}

const ACCOUNT = /^\d{12}$/;
/** A space in it is a slip, and would have every event of the real source ignored. */
const SOURCE = /^[!-~]{1,256}$/;
/** EventBridge's own pattern. */
const PARTNER_BUS = /^aws\.partner(\/[\w.-]+){2,}$/;

/** @throws Error naming the property, and saying what it must be */
export function resolveSenders(props: EventSendersProps): EventSenders {
  const { eventSource = 'offboarding', oktaEventBusName, eventAccounts = [] } = props;
  const { prefix, partnerPrefix } = AWS_SOURCES;
  if (eventSource === '') throw new Error('eventSource must not be empty.');
  if (!isLike(eventSource, (source) => SOURCE.test(source))) {
    throw new Error(
      `eventSource must be 1 to 256 characters of ASCII without spaces, not ${JSON.stringify(eventSource)}.`,
    );
  }
  if (eventSource.startsWith(prefix)) {
    throw new Error(`eventSource must not begin with ${prefix}, which is kept for AWS's own events.`);
  }
  if (oktaEventBusName !== undefined && !isLike(oktaEventBusName, (name) => PARTNER_BUS.test(name))) {
    throw new Error(`oktaEventBusName must be the name of a partner event bus, ${partnerPrefix}….`);
  }
  if (!eventAccounts.every((id) => isLike(id, (known) => ACCOUNT.test(known)))) {
    throw new Error(`eventAccounts must be account ids of 12 digits, not ${eventAccounts.join(', ')}.`);
  }
  return { ownSource: eventSource, oktaEventBusName, eventAccounts };
}

/** What is known at deployment only cannot be checked before. */
function isLike(value: string, test: (value: string) => boolean): boolean {
  return Token.isUnresolved(value) || test(value);
}
