import * as v from 'valibot';
import { IDENTITY_STORE, meaningOf } from '../event-names.ts';
import { type Ignored, ignore, type Malformed, type Removal, revoke, unreadable } from './decision.ts';
import { AnyObject, type Envelope } from './envelope.ts';
import { type BelievedSenders, whyNotAws } from './senders.ts';
import { firstUserId } from './user-reference.ts';

/** An event of the identity store itself. Where it names the user is not documented: docs/facts.md § Removal events. */
export function byIdentityStore(envelope: Envelope, senders: BelievedSenders): Removal | Ignored | Malformed {
  const { id, 'detail-type': type, resources } = envelope;
  const detail = v.parse(AnyObject, envelope.detail);
  const { userId, UserId, user, User } = detail;
  const nested = [user, User].map((value) => v.parse(AnyObject, value));
  const inside = nested.flatMap((fields) => [fields.userId, fields.UserId, fields.id, fields.Id]);
  const users = [userId, UserId, user, User, ...inside, ...resources];
  const doubt = whyNotAws(envelope, { objects: [detail, ...nested], references: users }, senders);
  if (doubt) return doubt;
  const cause = meaningOf(IDENTITY_STORE.detailTypes, type);
  if (!cause) return ignore('An event of aws.identitystore is not about removed users.');
  const found = firstUserId(...users);
  if (found === undefined) return unreadable(`${type} of aws.identitystore`);
  return revoke(id, { userId: found }, `${type} of aws.identitystore`, cause);
}
