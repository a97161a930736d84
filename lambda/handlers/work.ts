import { type ProcessMessageDeps, processMessage } from '../domain/detect/process-message.ts';
import { lambdaHandler } from '../shell/function.ts';
import { eachMessage, type MessagesDeps } from '../shell/messages.ts';
import { wireWork } from '../wiring.ts';

export interface WorkDeps extends ProcessMessageDeps, MessagesDeps {}

/** The worker: takes a batch of the queue, in which our own jobs and events of EventBridge are mixed. */
export function work(deps: WorkDeps) {
  return eachMessage(deps, (body, deadline, attempt) => processMessage(deps, body, deadline, attempt));
}

export const handler = lambdaHandler(work(wireWork()));
