import { lambdaHandler } from '../shell/function.ts';
import { eachMessage } from '../shell/messages.ts';
import { wireTell } from '../wiring/tell.ts';

/** Takes batches of notices that events are to be sent. */
export const tellEvents = eachMessage;

export const handler = lambdaHandler(tellEvents(wireTell()));
