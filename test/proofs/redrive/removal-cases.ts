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
  /** What the directory says when it is told. */
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
/** They only say that somebody was changed. */
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
 * How a message comes to be a dead letter:
 * - `undelivered`: EventBridge could not deliver it; nothing is begun
 * - `portal`: Logout fails each time; what the first run did stands
 * - `everything`: so does the identity store: a young removal is carried out as it was told
 */
export const FAILURES = ['undelivered', 'portal', 'everything'] as const;
export type Failure = (typeof FAILURES)[number];

/** `told`: by EnableUser; `found`: by the sweep. */
export const FATES = ['gone', 'back, told', 'back, found'] as const;
export type Fate = (typeof FATES)[number];

export interface Case extends Kind {
  failure: Failure;
  fate: Fate;
}

export const CASES: Case[] = KINDS.flatMap((kind) =>
  FAILURES.flatMap((failure) => FATES.map((fate) => ({ ...kind, failure, fate }))),
).filter(
  // Nobody is asked for a job of POST, nor delivers it.
  ({ name, failure }) => name !== POST || failure === 'portal',
);
