import { lambdaHandler } from '../shell/function.ts';
import { eachMessage } from '../shell/messages.ts';
import { wireRemoveAccess } from '../wiring/access.ts';

/** Takes access away from removed users, as the messages of its own queue request. */
export const removeAccess = eachMessage;

export const handler = lambdaHandler(removeAccess(wireRemoveAccess()));
