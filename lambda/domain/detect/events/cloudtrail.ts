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

/** What is read of a record of CloudTrail. Who made the call, `userIdentity`, is never the removed user. */
const Call = v.pipe(
  AnyObject,
  // Loose: the store may be named here, too.
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

/** A call to the directory, as CloudTrail tells it. */
export function byCloudTrail(
  envelope: Envelope,
  senders: BelievedSenders,
): Removal | Question | Return | Ignored | Malformed {
  const call = v.parse(Call, envelope.detail);
  // Where the id is depends on the service, and in part on guesses: each of these names the user wherever it occurs.
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
  // Calls that were refused are delivered too.
  if (errorCode !== undefined && errorCode !== null) return ignore(`${call} failed.`);
  if (readOnly === true) return ignore(`${call} says that it changed nothing.`);
  const found = firstUserId(...users);
  if (found === undefined && meaning === 'return') return ignore(`${call} holds no readable user id.`);
  if (found === undefined) return unreadable(call);
  if (meaning === 'return') return { kind: 'return', userId: found, description: call };
  if (meaning === 'ask') return { kind: 'ask', userId: found, eventId, description: call };
  return revoke(eventId, { userId: found }, call, meaning);
}
