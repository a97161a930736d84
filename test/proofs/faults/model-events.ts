import { apiCallEvent, identityStoreEvent, userRemovedEvent } from '../../support/events.ts';
import { type Act, PEOPLE } from './model-commands.ts';

/**
 * What an event may report about a user. The directory's events are true when they are sent, but may be outdated when
 * they arrive.
 */
export const TOLD = ['removed', 'disabled', 'deleted', 'enabled', 'changed'] as const;
export type Told = (typeof TOLD)[number];

/** @param late - how many milliseconds ago the event says that it happened; `lost` if there is no event */
export function tell(kind: Told, who: number, late: number | 'lost' = 0): Act {
  return async (model, real) => {
    const userId = real.userIds[who] ?? '';
    const { users } = real.system.emulators;
    if (kind === 'disabled' && users.disable(userId)) model.directory.says(userId, 'DISABLED');
    if (kind === 'deleted' && users.delete(userId)) model.directory.says(userId, 'DELETED');
    if (kind === 'enabled') {
      // A user who was deleted by mistake is restored under the same id.
      if (!users.get(userId)) users.create({ userId, userName: PEOPLE[who] ?? '' });
      users.enable(userId);
      model.directory.says(userId, 'ENABLED');
    }
    if (late === 'lost') return;
    const event = {
      removed: userRemovedEvent({ userId }),
      disabled: apiCallEvent('sso-directory', 'DisableUser', { userId }),
      deleted: identityStoreEvent('User Deleted', { userId }),
      enabled: apiCallEvent('sso-directory', 'EnableUser', { userId }),
      changed:
        real.events % 2 === 0
          ? apiCallEvent('identitystore', 'UpdateUser', { userId })
          : identityStoreEvent('User Updated', { userId }),
    }[kind];
    real.events += 1;
    const time = new Date(Date.now() - late).toISOString();
    const body = JSON.stringify({ ...event, id: `event-${real.events}`, time });
    real.system.queues.working.removals.send(body);
  };
}
