import * as v from 'valibot';
import { MAX_USER_NAME_LENGTH, USER_ID, USER_NAME } from '../ids.ts';
import { type Cause, MAX_REASON_LENGTH } from '../revocation.ts';
import type { User } from '../user.ts';
import { CLOUDTRAIL, IDENTITY_STORE, meaningOf, OFFBOARDING, OKTA } from './event-names.ts';

/** The sessions of this user must end. */
export interface Removal {
  kind: 'revoke';
  user: User;
  /** As far as the event tells; the directory may have enabled a `disabled` user since. */
  cause: Exclude<Cause, 'signed-out'>;
  reason?: string;
  /** Of the EventBridge envelope: the same when the event is delivered again. */
  eventId: string;
  /** What happened, without values of the event: fit for records and logs. */
  description: string;
}

/** The user was changed, and the event does not say how: ask the directory. Disabled or deleted means revoke. */
export interface Question {
  kind: 'ask';
  userId: string;
  eventId: string;
  description: string;
}

/** The user was enabled: what was denied for the removal may be lifted, if the directory agrees. */
export interface Return {
  kind: 'return';
  userId: string;
  description: string;
}

/** Nothing to do. `why` is one sentence, fit for logs. */
export interface Ignored {
  kind: 'ignore';
  why: string;
}

/** Nobody sends such a thing on purpose, and delivering it again will not help: a message for the dead-letter queue. */
export interface Malformed {
  kind: 'malformed';
  why: string;
}

export type EventDecision = Removal | Question | Return | Ignored | Malformed;

const Envelope = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w:.-]{1,128}$/)),
  source: v.string(),
  'detail-type': v.string(),
  resources: v.fallback(v.array(v.unknown()), []),
  detail: v.optional(v.unknown()),
});
type Envelope = v.InferOutput<typeof Envelope>;

/** An object of which nothing is known; empty where there is none. */
const AnyObject = v.fallback(v.record(v.string(), v.unknown()), {});

const UserId = v.pipe(v.string(), v.regex(USER_ID), v.toLowerCase());
const UserName = v.pipe(v.string(), v.nonEmpty(), v.regex(USER_NAME), v.maxLength(MAX_USER_NAME_LENGTH));

/**
 * What an EventBridge event means: whose sessions must end, whom to ask the directory about, or why neither. Never
 * throws, and never asks who the user is: a deleted user cannot be looked up any more.
 *
 * @param event - the parsed envelope, as the queue delivers it
 * @param options.ownSource - `source` of the `User Removed` events that an offboarding process sends
 */
export function toRemoval(event: unknown, { ownSource }: { ownSource: string }): EventDecision {
  const { success, output: envelope } = v.safeParse(Envelope, event);
  if (!success) return { kind: 'malformed', why: 'The message is not an EventBridge event.' };
  const { source, 'detail-type': detailType } = envelope;
  if (source === ownSource && detailType === OFFBOARDING.detailType) return byOffboarding(envelope);
  if (detailType === CLOUDTRAIL.detailType) return byApiCall(envelope);
  if (source === IDENTITY_STORE.source) return byIdentityStore(envelope);
  if (source.startsWith(OKTA.sourcePrefix) && detailType === OKTA.detailType) return byOkta(envelope);
  return ignore(`An event of ${named(source, 'another source')} is not about removed users.`);
}

const absent = v.optional(v.null());
const OnlyUser = v.union([
  v.pipe(
    v.object({ userId: UserId, userName: absent }),
    v.transform(({ userId }) => ({ userId })),
  ),
  v.pipe(
    v.object({ userName: UserName, userId: absent }),
    v.transform(({ userName }) => ({ userName })),
  ),
]);

/** Only the sender can mend a removal that names nobody: it must not go unnoticed, so it is malformed, not ignored. */
function byOffboarding({ id, detail }: Envelope): Removal | Malformed {
  const { success, output: user } = v.safeParse(OnlyUser, detail);
  if (!success) {
    return {
      kind: 'malformed',
      why: 'User Removed must name one user, by a well-formed userId or userName.',
    };
  }
  const removal = revoke(id, user, 'User Removed, sent by the offboarding process', 'removed');
  const { reason } = v.parse(AnyObject, detail);
  // A removal is not lost for its reason: what is too long is cut, what is no text is left out.
  return typeof reason === 'string'
    ? { ...removal, reason: reason.slice(0, MAX_REASON_LENGTH).toWellFormed() }
    : removal;
}

/** A call to the directory, as CloudTrail tells it. Who made the call, `userIdentity`, is never the removed user. */
function byApiCall({ id: eventId, detail }: Envelope): Removal | Question | Return | Ignored {
  const { eventSource, eventName, errorCode, readOnly, requestParameters } = v.parse(AnyObject, detail);
  const call = `${named(eventName, 'A call')} of ${named(eventSource, 'another service')}`;
  if (!CLOUDTRAIL.eventSources.some((source) => source === eventSource)) {
    return ignore(`${call} is not about users.`);
  }
  const meaning = meaningOf(CLOUDTRAIL.eventNames, eventName);
  if (meaning === undefined) return ignore(`${call} removes nobody.`);
  // Calls that were refused are delivered too.
  if (errorCode !== undefined && errorCode !== null) return ignore(`${call} failed.`);
  if (readOnly === true) return ignore(`${call} says that it changed nothing.`);
  // Where the id is depends on the service, and in part on guesses: each of these names the user wherever it occurs.
  const { userId, UserId: UserIdKey, id, Id } = v.parse(AnyObject, requestParameters);
  const found = firstUserId(userId, UserIdKey, id, Id);
  if (found === undefined) return ignore(`${call} holds no readable user id.`);
  if (meaning === 'return') return { kind: 'return', userId: found, description: call };
  if (meaning === 'ask') return { kind: 'ask', userId: found, eventId, description: call };
  return revoke(eventId, { userId: found }, call, meaning);
}

/** An event of the identity store itself. Where it names the user is not documented: docs/facts.md § Removal events. */
function byIdentityStore({ id, 'detail-type': type, detail, resources }: Envelope): Removal | Ignored {
  const cause = meaningOf(IDENTITY_STORE.detailTypes, type);
  if (!cause) return ignore('An event of aws.identitystore is not about removed users.');
  const { userId, UserId: UserIdKey, user, User } = v.parse(AnyObject, detail);
  const nested = [user, User].flatMap((value) => {
    const fields = v.parse(AnyObject, value);
    return [value, fields.userId, fields.UserId, fields.id, fields.Id];
  });
  const found = firstUserId(userId, UserIdKey, ...nested, ...resources);
  if (found === undefined) return ignore(`${type} of aws.identitystore holds no readable user id.`);
  return revoke(id, { userId: found }, `${type} of aws.identitystore`, cause);
}

const OktaTarget = v.object({ type: v.literal('User'), alternateId: UserName });

/** An entry of Okta's System Log. Okta writes `unknown` where it has no value. */
function byOkta({ id, detail }: Envelope): Removal | Ignored {
  const { eventType, outcome, target } = v.parse(AnyObject, detail);
  const cause = meaningOf(OKTA.eventTypes, eventType);
  if (!cause) return ignore(`${named(eventType, 'An event')} of Okta removes nobody.`);
  const type = String(eventType);
  if (v.parse(AnyObject, outcome).result !== OKTA.result) return ignore(`${type} of Okta did not succeed.`);
  const targets = Array.isArray(target) ? target : [];
  const user = targets.find((entry) => v.is(OktaTarget, entry) && entry.alternateId !== 'unknown');
  if (!v.is(OktaTarget, user)) return ignore(`${type} of Okta holds no readable user name.`);
  return revoke(id, { userName: user.alternateId }, `${type} of Okta`, cause);
}

/** How the ARN of a user begins: without account and store, `arn:aws:identitystore:::user/…`, or with them. */
const USER_ARN = /^arn:[\w-]+:identitystore:[^:]*:[^:]*:([\w-]+\/){0,3}user\//;

/** The first value that is a user id, or the ARN of a user. */
function firstUserId(...values: unknown[]): string | undefined {
  const ids = values.map((value) => typeof value === 'string' && value.replace(USER_ARN, ''));
  const wellFormed = ids.find((id) => v.is(UserId, id));
  return typeof wellFormed === 'string' ? wellFormed.toLowerCase() : undefined;
}

function revoke(eventId: string, user: User, description: string, cause: Removal['cause']): Removal {
  return { kind: 'revoke', user, cause, eventId, description };
}

function ignore(why: string): Ignored {
  return { kind: 'ignore', why };
}

/** Names of calls and services may be told, other values of an event may be personal. */
function named(name: unknown, otherwise: string): string {
  return typeof name === 'string' && /^[\w.:-]{1,64}$/.test(name) ? name : otherwise;
}
