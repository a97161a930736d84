import type { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { RevocationQueue, type RevocationQueueProps } from './revocation-queue.ts';
import type { ServiceFunction } from './service-function.ts';

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
      urlVariable: ENV.removalsQueueUrl,
      ...limits,
    }),
    bulk: new RevocationQueue(scope, 'Bulk', {
      deadLetters: 'revocations of everyone that the worker gave up',
      urlVariable: ENV.bulkQueueUrl,
      ...limits,
    }),
    reports: new RevocationQueue(scope, 'Reports', {
      deadLetters: 'reports of registrations and of the sweep that the worker gave up',
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
