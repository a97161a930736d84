import * as v from 'valibot';
import { ASSIGNMENT_DELETED } from '../detect/event-names.ts';
import { type Ignored, ignore, type Malformed, named } from '../detect/events/decision.ts';
import { AnyObject, Envelope } from '../detect/events/envelope.ts';
import { type BelievedSenders, whyNotAws } from '../detect/events/senders.ts';
import { UserId } from '../detect/events/user-reference.ts';
import { ACCOUNT_ID, PERMISSION_SET_ARN } from '../ids.ts';

/** The senders whose events about deleted assignments are trusted. */
export interface AssignmentSenders extends Pick<BelievedSenders, 'accounts' | 'identityStoreId'> {
  /** Only assignments of this instance count. */
  readonly instanceArn: string;
}

/** A request to delete a user's own account assignment was accepted. Only Identity Center says whether it is deleted. */
export interface DeletedAssignment {
  kind: 'deleted';
  userId: string;
  accountId: string;
  permissionSetArn: string;
  /** The id of the EventBridge envelope. It stays the same if the event is delivered again. */
  eventId: string;
  /** What happened. It has no values of the event, so it may be in records and logs. */
  description: string;
}

/** A deleted assignment, and what its revocation needs to know. */
export interface EndedAssignment extends DeletedAssignment {
  revocationId: string;
  happenedAt: Date;
}

const Call = v.pipe(
  AnyObject,
  v.object({
    eventSource: v.optional(v.unknown()),
    eventName: v.optional(v.unknown()),
    errorCode: v.optional(v.unknown()),
    requestParameters: AnyObject,
  }),
);

const Assignment = v.object({
  principalId: UserId,
  targetId: v.pipe(v.string(), v.regex(ACCOUNT_ID)),
  permissionSetArn: v.pipe(v.string(), v.regex(PERMISSION_SET_ARN)),
});

/**
 * Decides what an EventBridge event says about an account assignment. Never throws.
 *
 * @param event - the parsed envelope, as the queue delivers it
 * @param senders - events of other senders are ignored. The rule checks the same, but somebody can edit a rule by hand
 */
export function toDeletedAssignment(
  event: unknown,
  senders: AssignmentSenders,
): DeletedAssignment | Ignored | Malformed {
  const { success, output: envelope } = v.safeParse(Envelope, event);
  if (!success) return { kind: 'malformed', why: 'The message is not an EventBridge event.' };
  const { eventSource, eventName, errorCode, requestParameters } = v.parse(Call, envelope.detail);
  const description = `${named(eventName, 'A call')} of ${named(eventSource, 'another service')}`;
  const isCall = ASSIGNMENT_DELETED.detailTypes.some((type) => type === envelope['detail-type']);
  const isDeletion =
    eventSource === ASSIGNMENT_DELETED.eventSource && eventName === ASSIGNMENT_DELETED.eventName;
  if (!isCall || !isDeletion) return ignore(`${description} ends no account assignment.`);
  const places = { objects: [requestParameters], references: envelope.resources };
  const notBelieved = whyNotAws(envelope, places, senders);
  if (notBelieved) return notBelieved;
  if (requestParameters.instanceArn !== senders.instanceArn)
    return ignore('The event is not believed: it is about another instance than the configured one.');
  // CloudTrail also delivers calls that were refused.
  if (errorCode !== undefined && errorCode !== null) return ignore(`${description} failed.`);
  if (requestParameters.principalType === 'GROUP')
    return ignore(`${description} is about a group: its members keep the role sessions that they have.`);
  return toAssignment(requestParameters, envelope.id, description);
}

function toAssignment(
  requestParameters: Record<string, unknown>,
  eventId: string,
  description: string,
): DeletedAssignment | Malformed {
  const { principalType, targetType } = requestParameters;
  const { success, output } = v.safeParse(Assignment, requestParameters);
  const isOfUser =
    principalType === ASSIGNMENT_DELETED.principalType && targetType === ASSIGNMENT_DELETED.targetType;
  if (success && isOfUser) {
    const { principalId: userId, targetId: accountId, permissionSetArn } = output;
    return { kind: 'deleted', userId, accountId, permissionSetArn, eventId, description };
  }
  return {
    kind: 'malformed',
    why: `${description} holds no readable assignment. Tell the developers where AWS names user, account and permission set.`,
  };
}
