import { derivedId } from '../../../lambda/domain/ids.ts';
import { isRemoval } from '../../../lambda/domain/revocation.ts';
import type { Users } from '../../../local/emulators/identity-store/users.ts';
import type { Model } from './model.ts';
import { isForged } from './model-attackers.ts';

/** Tells the model of a message that a worker was given: that it is done, or that it was abandoned. */
export function whatBecameOf(body: string, users: Users, model: Model, isDone: boolean): void {
  const message = JSON.parse(body);
  const revoke = isDone ? model.revoked : model.mayBeRevoked;
  const endAlone = isDone ? model.endedAlone : model.mayBeEndedAlone;
  if (message.kind === 'revoke-user' && message.cause === 'fenced') endAlone(message.sessionId);
  else if (message.kind === 'revoke-user') revoke({ ...message, removed: isRemoval(message.cause) });
  if (message.kind !== undefined || isForged(message)) return;
  const { eventName, requestParameters = message.detail } = message.detail;
  const { userId } = requestParameters;
  const isEnabled = users.get(userId)?.status === 'ENABLED';
  if (eventName === 'EnableUser') {
    if (isEnabled && isDone) model.lifted(userId, 'removals');
    else if (isEnabled) model.mayBeLifted(userId);
  } else if (eventName !== 'UpdateUser' || !isEnabled) {
    // Who was enabled since is signed out, and may sign in again.
    const removed = !(eventName === 'DisableUser' && isEnabled);
    revoke({ revocationId: derivedId('user', 'event', userId, message.id), userId, removed });
  }
}
