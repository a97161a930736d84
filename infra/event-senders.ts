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
   * The name of Okta's partner event bus, `aws.partner/…`. Only events on that bus count as Okta's.
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

/** The senders whose events are believed. The rules and the worker check the same senders. */
export interface EventSenders {
  /** `source` of the events by which other systems of the company report a removal. */
  readonly ownSource: string;
  /** Name of Okta's partner event bus, if there is one. */
  readonly oktaEventBusName?: string | undefined;
  /** Accounts that forward AWS's events to the stack's account. */
  readonly eventAccounts: readonly string[];
}

const ACCOUNT = /^\d{12}$/;
/** A space would be a typing mistake: the rules would ignore every event of the real source. */
const SOURCE = /^[!-~]{1,256}$/;
/** EventBridge's own pattern for such a name. */
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

/** A value that is only known at deployment cannot be checked here. */
function isLike(value: string, test: (value: string) => boolean): boolean {
  return Token.isUnresolved(value) || test(value);
}
