import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { RevocationQueue, type RevocationQueueProps } from './revocation-queue.ts';
import type { ServiceFunction } from './service-function.ts';

/** A removal takes seconds, so one that waits for minutes is a fault. */
export const REMOVAL_AGE = Duration.minutes(5);
/** At the default initial rate of 20 per second, the workers make 72,000 Logouts in this time. */
const BULK_AGE = Duration.hours(1);
/** A message that keeps failing goes to the dead-letter queue after half an hour. This alarm must come earlier. */
export const RETRIED_BULK_AGE = Duration.minutes(15);

const SIGNED_IN = 'Somebody who left may still be signed in.';
export const LATE_REMOVAL = `A removal has waited for more than ${REMOVAL_AGE.toMinutes()} minutes. ${SIGNED_IN}`;
const LATE_BULK = `A job of signing out everyone has waited for more than ${BULK_AGE.toMinutes()} minutes. Somebody may still be signed in.`;
export const RETRIED_BULK = `A job of signing out everyone still fails, ${RETRIED_BULK_AGE.toMinutes()} minutes after it was queued. Somebody may still be signed in.`;

/**
 * The queues that the worker reads. The queue of a message limits what the message may request. So a function that may send to
 * one queue cannot request the work of another. Each queue has its own invocations of the worker, so a full queue does not
 * delay the others.
 */
export interface WorkQueues {
  /** Removal events, and jobs for one user. */
  readonly removals: RevocationQueue;
  /** The jobs of signing out everyone. */
  readonly bulk: RevocationQueue;
  /** Reports of functions that found a possible reason to revoke. The worker checks each report. */
  readonly reports: RevocationQueue;
}

export function createWorkQueues(
  scope: Construct,
  limits: Pick<RevocationQueueProps, 'workerTimeout' | 'workers' | 'encryption'>,
): WorkQueues {
  return {
    // Older versions had only this queue, with this id. Another id would replace the queue and lose its messages.
    removals: new RevocationQueue(scope, 'Revocations', {
      deadLetters: 'removals and revocations that EventBridge could not deliver, or that the worker gave up',
      meaning: SIGNED_IN,
      late: { after: REMOVAL_AGE, meaning: LATE_REMOVAL, runbook: 'removals-wait' },
      urlVariable: ENV.removalsQueueUrl,
      ...limits,
    }),
    bulk: new RevocationQueue(scope, 'Bulk', {
      deadLetters: 'revocations of everyone that the worker gave up',
      meaning: 'Everyone was to be signed out, and somebody may still be signed in.',
      late: { after: BULK_AGE, meaning: LATE_BULK, runbook: 'signing-out-everyone-takes-long' },
      urlVariable: ENV.bulkQueueUrl,
      ...limits,
    }),
    reports: new RevocationQueue(scope, 'Reports', {
      deadLetters: 'reports of registrations and of the sweep that the worker gave up',
      meaning: SIGNED_IN,
      urlVariable: ENV.reportsQueueUrl,
      ...limits,
    }),
  };
}

/** Invokes the worker for every queue. The worker may send jobs: continuations, and jobs that a report leads to. */
export function feedWorker({ removals, bulk, reports }: WorkQueues, worker: ServiceFunction): void {
  for (const queue of [removals, bulk, reports]) queue.feed(worker);
  for (const queue of [removals, bulk]) queue.grantSend(worker);
}
