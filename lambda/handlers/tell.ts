import { lambdaHandler } from '../shell/function.ts';
import { eachMessage } from '../shell/messages.ts';
import { wireTell } from '../wiring/tell.ts';

/** Processes batches of notices, and sends their events. */
export const tellEvents = eachMessage;

export const handler = lambdaHandler(tellEvents(wireTell()));
