import { type EventPattern, Match } from 'aws-cdk-lib/aws-events';
import {
  ASSIGNMENT_DELETED,
  AWS_SOURCES,
  CLOUDTRAIL,
  IDENTITY_STORE,
} from '../lambda/domain/detect/event-names.ts';

// The patterns of AWS's removal events. The stack's own rules and the rules that forward from another account both use them, so
// both match the same events.

/** EventBridge accepts such a source from no customer, so nobody can forge these events. */
const fromAws = () => Match.prefix(AWS_SOURCES.prefix);

/** The events that the identity store itself sends. @param account - ids of the accounts whose events are believed */
export function storeEvents(account: string[]): EventPattern {
  return { source: [IDENTITY_STORE.source], account, detailType: Object.keys(IDENTITY_STORE.detailTypes) };
}

/**
 * The calls to the directory that CloudTrail records.
 *
 * @param account - ids of the accounts whose events are believed
 * @param storeId - the identity store; calls that name another store do not match
 */
export function directoryCalls(account: string[], storeId: string | undefined): EventPattern {
  const { detailTypes, eventSources, eventNames } = CLOUDTRAIL;
  return {
    source: fromAws(),
    account,
    detailType: [...detailTypes],
    detail: {
      eventSource: [...eventSources],
      eventName: Object.keys(eventNames),
      errorCode: Match.doesNotExist(),
      ...aboutStore(storeId),
    },
  };
}

/** SCIM calls name a tenant instead of a store. So an event that names no store is believed because of its account. */
function aboutStore(storeId: string | undefined): EventPattern['detail'] {
  if (storeId === undefined) return {};
  const thisOrNone = Match.anyOf(storeId, Match.doesNotExist());
  return { requestParameters: { identityStoreId: thisOrNone } };
}

/** The calls that end the account assignment of a user. @param account - ids of the accounts whose events are believed */
export function endedAssignments(account: string[], instanceArn: string): EventPattern {
  const { detailTypes, eventSource, eventName, principalType, targetType } = ASSIGNMENT_DELETED;
  return {
    source: fromAws(),
    account,
    detailType: [...detailTypes],
    detail: {
      eventSource: [eventSource],
      eventName: [eventName],
      errorCode: Match.doesNotExist(),
      requestParameters: {
        instanceArn: [instanceArn],
        principalType: [principalType],
        targetType: [targetType],
      },
    },
  };
}
