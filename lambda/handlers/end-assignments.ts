import { lambdaHandler } from '../shell/function.ts';
import { eachMessage } from '../shell/messages.ts';
import { wireEndedAssignments } from '../wiring/ended-assignments.ts';

/** Processes batches of events about account assignments that are being deleted. */
export const endAssignments = eachMessage;

export const handler = lambdaHandler(endAssignments(wireEndedAssignments()));
