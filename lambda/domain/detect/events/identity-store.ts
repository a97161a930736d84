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

/** An event of the identity store itself. Where it names the user is not documented: docs/facts.md § Removal events. */
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
 * A replicated instance sends each change in every Region, each time with another id, and with the time at which the change
 * occurred: docs/facts.md § Removal events. So type and time, and not the id, tell a change of the user from a later one.
 */
function changeOf({ id, 'detail-type': type, time }: Envelope): string {
  return time ? `${type} ${time.toISOString()}` : id;
}
