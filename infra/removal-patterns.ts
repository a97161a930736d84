import { type EventPattern, Match } from 'aws-cdk-lib/aws-events';
import {
  ASSIGNMENT_DELETED,
  AWS_SOURCES,
  CLOUDTRAIL,
  IDENTITY_STORE,
} from '../lambda/domain/detect/event-names.ts';

// What AWS's events about removals look like. The stack's own rules and those that forward from another account are both
// made from these: what one of them matches, the other does, too.

/** EventBridge takes such a source from no customer, so nobody can forge these events. */
const fromAws = () => Match.prefix(AWS_SOURCES.prefix);

/** What the identity store itself sends. @param account - ids of the accounts from which events are believed */
export function storeEvents(account: string[]): EventPattern {
  return { source: [IDENTITY_STORE.source], account, detailType: Object.keys(IDENTITY_STORE.detailTypes) };
}

/**
 * The calls to the directory that CloudTrail records.
 *
 * @param account - ids of the accounts from which events are believed
 * @param storeId - the store that they must be about, where they name one
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

/** SCIM's calls name a tenant and no store, so an event that names none is believed by its account. */
function aboutStore(storeId: string | undefined): EventPattern['detail'] {
  if (storeId === undefined) return {};
  const thisOrNone = Match.anyOf(storeId, Match.doesNotExist());
  return { requestParameters: { identityStoreId: thisOrNone } };
}

/** The calls that end the account assignment of a user. @param account - ids of the accounts from which events are believed */
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
