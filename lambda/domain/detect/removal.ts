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
 * What an EventBridge event means: whose sessions must end, whom to ask the directory about, or why neither. Never
 * throws, and never asks who the user is: a deleted user cannot be looked up any more.
 *
 * @param event - the parsed envelope, as the queue delivers it
 * @param senders - an event of anybody else is ignored. The rules ask for the same; a rule can be edited by hand
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
