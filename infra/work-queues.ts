import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { RevocationQueue, type RevocationQueueProps } from './revocation-queue.ts';
import type { ServiceFunction } from './service-function.ts';

/** A removal takes seconds. */
export const REMOVAL_AGE = Duration.minutes(5);
/** As many Logouts as the workers make in this time are some 29,000, by default. */
const BULK_AGE = Duration.hours(1);
/** What is tried in vain is a dead letter after half an hour, and this must come sooner. */
export const RETRIED_BULK_AGE = Duration.minutes(15);

const SIGNED_IN = 'Somebody who left may still be signed in.';
export const LATE_REMOVAL = `A removal has waited for more than ${REMOVAL_AGE.toMinutes()} minutes. ${SIGNED_IN}`;
const LATE_BULK = `A job of signing out everyone has waited for more than ${BULK_AGE.toMinutes()} minutes. Somebody may still be signed in.`;
export const RETRIED_BULK = `A job of signing out everyone is tried in vain, ${RETRIED_BULK_AGE.toMinutes()} minutes after it was queued. Somebody may still be signed in.`;

/**
 * The queues that the one worker reads. What a message may ask for depends on its queue, so a function that may send to
 * one of them cannot ask for what belongs to another. Each queue has its own invocations of the worker: however full one
 * is, the others move.
 */
export interface WorkQueues {
  /** Removal events, and jobs for one user. */
  readonly removals: RevocationQueue;
  /** The jobs of signing out everyone. */
  readonly bulk: RevocationQueue;
  /** What a function found that may have a reason to revoke; the worker checks every one of these messages. */
  readonly reports: RevocationQueue;
}

export function createWorkQueues(
  scope: Construct,
  limits: Pick<RevocationQueueProps, 'workerTimeout' | 'workers' | 'encryption'>,
): WorkQueues {
  return {
    // Its id is that of the only queue there was: another id would replace the queue, with the messages in it.
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

/** Lets the worker take what is in every queue, and send jobs: their continuations, and those that a report is the reason for. */
export function feedWorker({ removals, bulk, reports }: WorkQueues, worker: ServiceFunction): void {
  for (const queue of [removals, bulk, reports]) queue.feed(worker);
  for (const queue of [removals, bulk]) queue.grantSend(worker);
}
