import type { Users } from '../../../local/emulators/identity-store/users.ts';
import {
  apiCallEvent,
  type EventEnvelope,
  identityStoreEvent,
  userRemovedEvent,
} from '../../support/events.ts';

/**
 * What may happen to a user and be reported. A user who is reported deleted still exists, and the directory decides.
 */
export const WHAT_HAPPENS = [
  'removed',
  'disabled',
  'deleted',
  'updated',
  'enabled',
  'updated, natively',
] as const;

export interface Happened {
  told: EventEnvelope;
  /** Whether its revocation must complete in the end, whatever the directory says. */
  isPromise: boolean;
}

/** Makes it happen in the directory, and sends the event. */
export function happened(
  what: (typeof WHAT_HAPPENS)[number],
  userId: string,
  id: string,
  users: Pick<Users, 'disable' | 'enable'>,
): Happened {
  if (what === 'disabled' || what.startsWith('updated')) users.disable(userId);
  if (what === 'enabled') users.enable(userId);
  const event = {
    removed: userRemovedEvent({ userId }),
    disabled: apiCallEvent('sso-directory', 'DisableUser', { userId }),
    deleted: identityStoreEvent('User Deleted', { userId }),
    updated: apiCallEvent('identitystore', 'UpdateUser', { userId }),
    enabled: apiCallEvent('sso-directory', 'EnableUser', { userId }),
    'updated, natively': identityStoreEvent('User Updated', { userId }),
  }[what];
  const told = { ...event, id, time: new Date().toISOString() };
  return { told, isPromise: what === 'removed' || what === 'disabled' || what === 'deleted' };
}
