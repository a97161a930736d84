import { lambdaHandler } from '../shell/function.ts';
import { eachMessage } from '../shell/messages.ts';
import { wireWork } from '../wiring/background.ts';

/** The worker: takes batches of the queues of removals, of bulk jobs, and of reports. */
export const work = eachMessage;

export const handler = lambdaHandler(work(wireWork()));
