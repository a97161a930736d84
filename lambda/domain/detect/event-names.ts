import type { Cause } from '../cause.ts';

// The names of the events that tell of removals. The rules in infra and the parser of the messages are both made from
// these lists: a name that is in neither cannot be in one of them only. Sources: docs/facts.md § Removal events.

/** What an event means for its user: a cause ends the sessions; `ask` the directory; a `return` may lift a denial. */
export type Meaning = Exclude<Cause, 'signed-out'> | 'ask' | 'return';

/** How the `source` of AWS's events begins. EventBridge takes it from no customer; partners have a prefix of their own. */
export const AWS_SOURCES = { prefix: 'aws.', partnerPrefix: 'aws.partner/' } as const;

/** Calls to the directory, as CloudTrail records them; told apart by `detail`, as the `source` of SCIM calls is not documented (docs/facts.md § Delivery of events). */
export const CLOUDTRAIL = {
  detailTypes: ['AWS API Call via CloudTrail', 'AWS Service Event via CloudTrail'],
  eventSources: [
    'sso-directory.amazonaws.com',
    'identitystore.amazonaws.com',
    'identitystore-scim.amazonaws.com',
  ],
  eventNames: {
    DeleteUser: 'deleted',
    DisableUser: 'disabled',
    PatchUser: 'ask',
    PutUser: 'ask',
    UpdateUser: 'ask',
    EnableUser: 'return',
  },
} as const satisfies { eventNames: Record<string, Meaning>; [key: string]: unknown };

/** The call that ends an account assignment, as CloudTrail records it when it is requested: docs/facts.md § Ending assignments. */
export const ASSIGNMENT_DELETED = {
  detailTypes: CLOUDTRAIL.detailTypes,
  eventSource: 'sso.amazonaws.com',
  eventName: 'DeleteAccountAssignment',
  targetType: 'AWS_ACCOUNT',
  principalType: 'USER',
} as const;

/**
 * The identity store's own events. CloudTrail uses the same source, so the rule must name the detail types. A user who is
 * disabled or enabled is `User Updated`; AWS documents no `User Disabled`, which costs nothing to know. `User Created` and the
 * events of groups remove nobody, so no rule matches them.
 */
export const IDENTITY_STORE = {
  source: 'aws.identitystore',
  detailTypes: { 'User Deleted': 'deleted', 'User Disabled': 'disabled', 'User Updated': 'ask' },
} as const satisfies { source: string; detailTypes: Record<string, Meaning> };

/** What other systems of the company send; the source is a property of the stack. */
export const OFFBOARDING = { detailType: 'User Removed' } as const;

/**
 * Okta's System Log on its partner event bus; the name of the bus, a property of the stack, is its source. Who is deleted in
 * Okta may be no more than disabled in the identity store, or not yet: whether somebody is deleted, only the latter says.
 */
export const OKTA = {
  detailType: 'SystemLog',
  result: 'SUCCESS',
  eventTypes: {
    'user.lifecycle.deactivate': 'disabled',
    'user.lifecycle.suspend': 'disabled',
    'user.lifecycle.delete.completed': 'disabled',
  },
} as const satisfies { eventTypes: Record<string, Meaning>; [key: string]: unknown };

/** What the table says of a name; undefined where it is not in it, whatever the name is. */
export function meaningOf<T extends Record<string, Meaning>>(
  table: T,
  name: unknown,
): T[keyof T] | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name as keyof T] : undefined;
}
