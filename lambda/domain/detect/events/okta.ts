import * as v from 'valibot';
import { meaningOf, OKTA } from '../event-names.ts';
import { type Ignored, ignore, named, type Removal, revoke } from './decision.ts';
import { AnyList, AnyObject, type Envelope } from './envelope.ts';
import type { BelievedSenders } from './senders.ts';
import { UserName } from './user-reference.ts';

/** The fields that are read from an entry of Okta's System Log. */
const Entry = v.pipe(
  AnyObject,
  v.object({
    eventType: v.optional(v.unknown()),
    outcome: v.pipe(AnyObject, v.object({ result: v.optional(v.unknown()) })),
    target: AnyList,
  }),
);

/** Okta writes `unknown` if it has no value. */
const Target = v.object({
  type: v.literal('User'),
  alternateId: v.pipe(
    UserName,
    v.check((name) => name !== 'unknown'),
  ),
});

export function byOkta({ id, source, detail }: Envelope, { oktaSource }: BelievedSenders): Removal | Ignored {
  if (source !== oktaSource) {
    return ignore('The event is not believed: its source is not the configured event bus of Okta.');
  }
  const { eventType, outcome, target } = v.parse(Entry, detail);
  const cause = meaningOf(OKTA.eventTypes, eventType);
  if (!cause) return ignore(`${named(eventType, 'An event')} of Okta removes nobody.`);
  const type = String(eventType);
  if (outcome.result !== OKTA.result) return ignore(`${type} of Okta did not succeed.`);
  const user = target.find((entry) => v.is(Target, entry));
  if (!v.is(Target, user)) return ignore(`${type} of Okta holds no readable user name.`);
  return revoke(id, { userName: user.alternateId }, `${type} of Okta`, cause);
}
