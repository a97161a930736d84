import { lambdaHandler } from '../shell/function.ts';
import { eachMessage } from '../shell/messages.ts';
import { wireRemoveAccess } from '../wiring/access.ts';

/** Takes away what removed users have, as the messages of its own queue ask for it. */
export const removeAccess = eachMessage;

export const handler = lambdaHandler(removeAccess(wireRemoveAccess()));
