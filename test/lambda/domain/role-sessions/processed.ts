import type { DenyEntry } from '../../../../lambda/domain/denial.ts';
import { processMessage } from '../../../../lambda/domain/detect/process-message.ts';
import { apiCallEvent, USER_ID } from '../../../support/events.ts';
import { ampleTime, type World } from '../../../support/fakes.ts';

/** Processes the event as delivered for the first time. */
export const process = (world: World, event: unknown) =>
  processMessage(world, JSON.stringify(event), ampleTime(), { lastAttempt: false });

/** A removal of USER_ID; always the same event. */
export const removal = (eventName: string) => ({
  ...apiCallEvent('sso-directory', eventName, { userId: USER_ID }),
  id: `of-${eventName}`,
});

/** @throws Error unless there is exactly one */
export const only = ([entry, ...others]: DenyEntry[]): DenyEntry => {
  if (!entry || others.length > 0) throw new Error('There is not one entry.');
  return entry;
};
