import * as v from 'valibot';
import { CLOUDTRAIL, IDENTITY_STORE, OFFBOARDING, OKTA } from './event-names.ts';
import { byCloudTrail } from './events/cloudtrail.ts';
import { type EventDecision, ignore, named } from './events/decision.ts';
import { Envelope } from './events/envelope.ts';
import { byIdentityStore } from './events/identity-store.ts';
import { byOffboarding } from './events/offboarding.ts';
import { byOkta } from './events/okta.ts';
import type { BelievedSenders } from './events/senders.ts';

/**
 * Decides what an EventBridge event means. Never throws. It does not look the user up, because a deleted user cannot be looked
 * up any more.
 *
 * @param event - the parsed envelope, as the queue delivers it
 * @param senders - events of other senders are ignored. The rules check the same, but somebody can edit a rule by hand
 */
export function toRemoval(event: unknown, senders: BelievedSenders): EventDecision {
  const { success, output: envelope } = v.safeParse(Envelope, event);
  if (!success) return { kind: 'malformed', why: 'The message is not an EventBridge event.' };
  const { source, 'detail-type': detailType } = envelope;
  if (source === senders.ownSource && detailType === OFFBOARDING.detailType) return byOffboarding(envelope);
  if (CLOUDTRAIL.detailTypes.some((type) => type === detailType)) return byCloudTrail(envelope, senders);
  if (source === IDENTITY_STORE.source) return byIdentityStore(envelope, senders);
  if (detailType === OKTA.detailType) return byOkta(envelope, senders);
  return ignore(`An event of ${named(source, 'another source')} is not about removed users.`);
}
