import { lambdaHandler } from '../shell/function.ts';
import { eachMessage } from '../shell/messages.ts';
import { wireEndedAssignments } from '../wiring/ended-assignments.ts';

/** Takes batches of events that tell of account assignments that are being deleted. */
export const endAssignments = eachMessage;

export const handler = lambdaHandler(endAssignments(wireEndedAssignments()));
