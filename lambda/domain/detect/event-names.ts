import type { Cause } from '../cause.ts';

// The names of the events that report removals. The rules in infra and the parser of the messages both use these lists, so they
// cannot differ. Sources: docs/facts.md § Removal events.

/** What an event means for its user: a cause ends the sessions, `ask` asks the directory, and `return` may lift a denial. */
export type Meaning = Exclude<Cause, 'signed-out'> | 'ask' | 'return';

/** How the `source` of AWS's events begins. EventBridge refuses this prefix from customers. Events of partners have their own. */
export const AWS_SOURCES = { prefix: 'aws.', partnerPrefix: 'aws.partner/' } as const;

/**
 * Calls to the directory, as CloudTrail records them. They are recognized by `detail`, because the `source` of SCIM calls is not
 * documented: docs/facts.md § Delivery of events.
 */
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

/** The request to delete an account assignment, as CloudTrail records it: docs/facts.md § Ending assignments. */
export const ASSIGNMENT_DELETED = {
  detailTypes: CLOUDTRAIL.detailTypes,
  eventSource: 'sso.amazonaws.com',
  eventName: 'DeleteAccountAssignment',
  targetType: 'AWS_ACCOUNT',
  principalType: 'USER',
} as const;

/**
 * The identity store's own events. CloudTrail uses the same source, so the rule must name the detail types. If a user is disabled
 * or enabled, the store sends `User Updated`. AWS does not document `User Disabled`; matching it costs nothing. `User Created`
 * and the events of groups remove nobody, so no rule matches them.
 */
export const IDENTITY_STORE = {
  source: 'aws.identitystore',
  detailTypes: { 'User Deleted': 'deleted', 'User Disabled': 'disabled', 'User Updated': 'ask' },
} as const satisfies { source: string; detailTypes: Record<string, Meaning> };

/** The event of the company's other systems. Its source is a property of the stack. */
export const OFFBOARDING = { detailType: 'User Removed' } as const;

/**
 * Okta's System Log on its partner event bus. The source is the name of the bus, which is a property of the stack. A user who is
 * deleted in Okta may only be disabled in the identity store, or not even that yet. Only the identity store says who is deleted.
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

/** The meaning of a name in the table; undefined if the name is not in it, even if it is a name such as `constructor`. */
export function meaningOf<T extends Record<string, Meaning>>(
  table: T,
  name: unknown,
): T[keyof T] | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name as keyof T] : undefined;
}
