import * as v from 'valibot';
import { CLOUDTRAIL, meaningOf } from '../event-names.ts';
import {
  type Ignored,
  ignore,
  type Malformed,
  named,
  type Question,
  type Removal,
  type Return,
  revoke,
  unreadable,
} from './decision.ts';
import { AnyList, AnyObject, type Envelope } from './envelope.ts';
import { type BelievedSenders, whyNotAws } from './senders.ts';
import { firstUserId } from './user-reference.ts';

/** The fields that are read from a record of CloudTrail. `userIdentity` is the caller, and not the removed user. */
const Call = v.pipe(
  AnyObject,
  // Loose, because the record itself may have the id of the identity store.
  v.looseObject({
    eventSource: v.optional(v.unknown()),
    eventName: v.optional(v.unknown()),
    errorCode: v.optional(v.unknown()),
    readOnly: v.optional(v.unknown()),
    requestParameters: AnyObject,
    resources: AnyList,
  }),
);
type Call = v.InferOutput<typeof Call>;

const Resource = v.pipe(AnyObject, v.object({ ARN: v.optional(v.unknown()) }));

/** Decides what a call to the directory means, from CloudTrail's record of it. */
export function byCloudTrail(
  envelope: Envelope,
  senders: BelievedSenders,
): Removal | Question | Return | Ignored | Malformed {
  const call = v.parse(Call, envelope.detail);
  // The place of the user id depends on the service, and is partly a guess. Each of these fields, if present, names the user.
  const { userId, UserId, id, Id } = call.requestParameters;
  const users = [userId, UserId, id, Id];
  const resources = call.resources.map((resource) => v.parse(Resource, resource).ARN);
  const places = {
    objects: [call, call.requestParameters],
    references: [...users, ...envelope.resources, ...resources],
  };
  return whyNotAws(envelope, places, senders) ?? meaningOfCall(envelope.id, call, users);
}

function meaningOfCall(
  eventId: string,
  { eventSource, eventName, errorCode, readOnly }: Call,
  users: unknown[],
): Removal | Question | Return | Ignored | Malformed {
  const call = `${named(eventName, 'A call')} of ${named(eventSource, 'another service')}`;
  if (!CLOUDTRAIL.eventSources.some((source) => source === eventSource)) {
    return ignore(`${call} is not about users.`);
  }
  const meaning = meaningOf(CLOUDTRAIL.eventNames, eventName);
  if (meaning === undefined) return ignore(`${call} removes nobody.`);
  // CloudTrail also delivers calls that were refused.
  if (errorCode !== undefined && errorCode !== null) return ignore(`${call} failed.`);
  if (readOnly === true) return ignore(`${call} says that it changed nothing.`);
  const found = firstUserId(...users);
  if (found === undefined && meaning === 'return') return ignore(`${call} holds no readable user id.`);
  if (found === undefined) return unreadable(call);
  if (meaning === 'return') return { kind: 'return', userId: found, description: call };
  if (meaning === 'ask') return { kind: 'ask', userId: found, eventId, description: call };
  return revoke(eventId, { userId: found }, call, meaning);
}
