import * as v from 'valibot';
import { IDENTITY_STORE, meaningOf } from '../event-names.ts';
import {
  type Ignored,
  ignore,
  type Malformed,
  type Question,
  type Removal,
  revoke,
  unreadable,
} from './decision.ts';
import { AnyObject, type Envelope } from './envelope.ts';
import { type BelievedSenders, whyNotAws } from './senders.ts';
import { firstUserId } from './user-reference.ts';

/**
 * Decides what an event of the identity store means. It is not documented where the event names the user:
 * docs/facts.md § Removal events.
 */
export function byIdentityStore(
  envelope: Envelope,
  senders: BelievedSenders,
): Removal | Question | Ignored | Malformed {
  const { 'detail-type': type, resources } = envelope;
  const detail = v.parse(AnyObject, envelope.detail);
  const { userId, UserId, user, User } = detail;
  const nested = [user, User].map((value) => v.parse(AnyObject, value));
  const inside = nested.flatMap((fields) => [fields.userId, fields.UserId, fields.id, fields.Id]);
  const users = [userId, UserId, user, User, ...inside, ...resources];
  const doubt = whyNotAws(envelope, { objects: [detail, ...nested], references: users }, senders);
  if (doubt) return doubt;
  const meaning = meaningOf(IDENTITY_STORE.detailTypes, type);
  if (!meaning) return ignore('An event of aws.identitystore is not about removed or changed users.');
  const description = `${type} of aws.identitystore`;
  const found = firstUserId(...users);
  if (found === undefined) return unreadable(description);
  const eventId = changeOf(envelope);
  if (meaning === 'ask') return { kind: 'ask', userId: found, eventId, description };
  return revoke(eventId, { userId: found }, description, meaning);
}

/**
 * A replicated instance sends each change in every Region. Each of these events has another id, and the time of the change:
 * docs/facts.md § Removal events. So the type and the time identify the change, and the id does not.
 */
function changeOf({ id, 'detail-type': type, time }: Envelope): string {
  return time ? `${type} ${time.toISOString()}` : id;
}
