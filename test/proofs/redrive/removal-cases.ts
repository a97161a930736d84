import {
  apiCallEvent,
  identityStoreEvent,
  OKTA_SOURCE,
  oktaEvent,
  scimPatchEvent,
  userRemovedEvent,
} from '../../support/events.ts';
import type { Left, Person } from './people.ts';

export interface Kind {
  name: string;
  /** Absent for a job of `POST /revocations`. */
  event?: (person: Person) => object;
  /** What the directory says when the event is sent. */
  left: Left;
}

const ofOkta = (what: string) => ({
  name: `Okta, ${what}`,
  left: 'disabled' as const,
  event: ({ userName }: Person) => ({
    ...oktaEvent(`user.lifecycle.${what}`, { target: [{ type: 'User', alternateId: userName }] }),
    bus: OKTA_SOURCE,
  }),
});

export const OWN = 'our own';
const PATCH = 'CloudTrail, PatchUser';
const UPDATED = 'native, User Updated';
/** These events say only that a user changed. */
export const CHANGES = [PATCH, UPDATED];
export const POST = 'a job of POST';

const KINDS: Kind[] = [
  {
    name: 'CloudTrail, DeleteUser',
    left: 'deleted',
    event: ({ userId }) => apiCallEvent('identitystore', 'DeleteUser', { userId }),
  },
  {
    name: 'CloudTrail, DisableUser',
    left: 'disabled',
    event: ({ userId }) => apiCallEvent('sso-directory', 'DisableUser', { userId }),
  },
  { name: PATCH, left: 'disabled', event: ({ userId }) => scimPatchEvent(userId) },
  {
    name: 'native, User Deleted',
    left: 'deleted',
    event: ({ userId }) => identityStoreEvent('User Deleted', { userId }),
  },
  {
    name: 'native, User Disabled',
    left: 'disabled',
    event: ({ userId }) => identityStoreEvent('User Disabled', { userId }),
  },
  {
    name: UPDATED,
    left: 'disabled',
    event: ({ userId }) => identityStoreEvent('User Updated', { userId }),
  },
  ofOkta('suspend'),
  ofOkta('delete.completed'),
  { name: OWN, left: 'disabled', event: ({ userId }) => userRemovedEvent({ userId }) },
  { name: POST, left: 'disabled' },
];

/**
 * How a message becomes a dead letter:
 * - `undelivered`: EventBridge could not deliver it, so nothing has begun
 * - `portal`: each Logout fails; what the first run did remains
 * - `everything`: the identity store fails, too; a young removal is carried out as the event says
 */
export const FAILURES = ['undelivered', 'portal', 'everything'] as const;
export type Failure = (typeof FAILURES)[number];

/** `told`: reported by EnableUser. `found`: by the sweep. */
export const FATES = ['gone', 'back, told', 'back, found'] as const;
export type Fate = (typeof FATES)[number];

export interface Case extends Kind {
  failure: Failure;
  fate: Fate;
}

export const CASES: Case[] = KINDS.flatMap((kind) =>
  FAILURES.flatMap((failure) => FATES.map((fate) => ({ ...kind, failure, fate }))),
).filter(
  // A job of POST asks no directory, and EventBridge does not deliver it.
  ({ name, failure }) => name !== POST || failure === 'portal',
);
