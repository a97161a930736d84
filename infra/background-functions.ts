import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { ENV } from '../lambda/env.ts';
import { alarmAbove, alarmOnAny, alarmOnErrors, alarmOnSilence, tailOf, told } from './alarm.ts';
import { type DenyList, RECONCILER_TIMEOUT } from './deny-list.ts';
import { FunctionGroup } from './function-group.ts';
import { nameSenders } from './removal-events.ts';
import type { ServiceFunction } from './service-function.ts';
import { EVENT_AGE, sweepTimeout } from './sweep-schedule.ts';
import { feedWorker, LATE_REMOVAL, REMOVAL_AGE, RETRIED_BULK, RETRIED_BULK_AGE } from './work-queues.ts';

/** A scheduled event is useless if it is late or repeated, so Lambda does not retry it. */
const ONCE = { retryAttempts: 0, maxEventAge: EVENT_AGE };

export const WORKER_TIMEOUT = Duration.minutes(1);

/** Attempts are at most six minutes apart. With fewer than seven periods, the alarm would end between two attempts. */
const RETRIED_WITHIN = { of: 8, breaching: 1 };
/** CloudTrail delivers its events some minutes after the call: docs/facts.md § Delivery of events. */
const SLOW_REMOVAL = Duration.minutes(15);

/** The functions that queues and schedules invoke. */
export class BackgroundFunctions extends FunctionGroup {
  /** Creates the worker, which reads the work queues. */
  worker(): ServiceFunction {
    const fn = this.create('Worker', 'work', 'Ends the sessions that queued jobs and events ask for', {
      timeout: WORKER_TIMEOUT,
      // Thousands of sessions of one user take more invocations in a row than Lambda allows by default: docs/facts.md § Lambda.
      continuesItself: true,
    });
    nameSenders(fn, this.parts.settings.events);
    this.portal(fn);
    this.logouts(fn);
    fn.addEnvironment(ENV.workers, String(this.parts.settings.workers));
    this.directory(fn, ['GetUserId', 'DescribeUser']);
    this.recordingNames(fn);
    this.#directoryRate(fn);
    this.endsSessions(fn, 'Worker');
    this.parts.tokenCache.grantReadFence(fn);
    this.parts.tokenCache.grantFanOut(fn);
    this.parts.denyList?.grantChange(fn);
    this.parts.denyList?.grantRead(fn);
    feedWorker(this.parts.queues, fn);
    alarmOnAny(
      this.scope,
      'WorkerNobody',
      fn.counted('Message:nobody', 'Sum', Duration.minutes(5)),
      told({
        meaning:
          'A removal named nobody, so somebody who left may still be signed in: read the revocation with its revocationId, and send the removal again with the userId.',
        first: tailOf(fn, '{ $.kind = "nobody" }'),
        runbook: 'a-removal-named-nobody',
      }),
    );
    this.#alarmOnErrors(
      fn,
      'Worker',
      'A worker crashed, or ran out of time or memory. Somebody who left may still be signed in.',
    );
    this.#alarmOnAge(fn);
    return fn;
  }

  /** Creates the sweep. It finds stuck revocations and, with an identity store, users who left without an event. */
  sweep(): ServiceFunction {
    const { sweep, identityStoreId } = this.parts.settings;
    const fn = this.create('Sweep', 'sweep', 'Finds users who left without an event, and stuck revocations', {
      timeout: sweepTimeout(sweep.every),
    });
    // A failed run is not retried: the retry could overlap the next run, and together they would call at twice the rate.
    fn.configureAsyncInvoke(ONCE);
    this.#alarmOnErrors(
      fn,
      'Sweep',
      'The sweep failed, had no time for everybody, or got no answer from the identity store. Somebody who left without an event may still be signed in.',
    );
    alarmOnSilence(
      this.scope,
      'SweepSilence',
      fn,
      sweep.every,
      told({
        meaning: 'The sweep does not run. Somebody who left without an event may still be signed in.',
        first: `aws lambda get-function-concurrency --function-name ${fn.functionName}`,
        runbook: 'a-function-does-not-run',
      }),
    );
    this.directory(fn, ['DescribeUser', 'ListUsers']);
    this.#directoryRate(fn);
    this.parts.tokenCache.grantFindHolders(fn);
    this.parts.tokenCache.grantReadNotes(fn);
    this.parts.tokenCache.grantList(fn);
    if (identityStoreId !== undefined) this.parts.denyList?.grantReadAll(fn);
    this.parts.queues.reports.grantSend(fn);
    new Rule(this.scope, 'SweepSchedule', {
      schedule: Schedule.rate(sweep.every),
      targets: [new LambdaFunction(fn, ONCE)],
    });
    return fn;
  }

  /** Creates the only writer of the policies. Its queue has one message group, so it processes one batch at a time. */
  reconcile(denyList: DenyList): ServiceFunction {
    const fn = this.create('Reconcile', 'reconcile', 'Brings the policies in line with the deny list', {
      timeout: RECONCILER_TIMEOUT,
      // Thousands of records take more invocations in a row than Lambda allows by default: docs/facts.md § Lambda.
      continuesItself: true,
    });
    denyList.grantReconcile(fn);
    this.parts.records.grantAmend(fn);
    this.parts.notices?.grantSend(fn);
    denyList.feed(fn);
    this.#alarmOnErrors(
      fn,
      'Reconcile',
      'A policy that denies role sessions could not be changed. Somebody who left may still work in AWS accounts.',
    );
    alarmOnSilence(
      this.scope,
      'ReconcileSilence',
      fn,
      denyList.every,
      told({
        meaning: 'Nobody looks after the policies. Somebody who left may still work in AWS accounts.',
        first: `aws lambda get-function-concurrency --function-name ${fn.functionName}`,
        runbook: 'a-function-does-not-run',
      }),
    );
    return fn;
  }

  /** Sets the total rate. The sweep and the workers of each queue compute their shares of it. */
  #directoryRate(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.directoryCallsPerSecond, String(this.parts.settings.sweep.directoryCallsPerSecond));
  }

  /** Alarms on messages that keep failing, which SQS excludes from the age of the oldest message. Also alarms on slow removals. */
  #alarmOnAge(fn: ServiceFunction): void {
    const { removals, bulk } = this.parts.queues;
    const minute = Duration.minutes(1);
    for (const [id, name, queue, limit, meaning] of [
      ['RetriedRemoval', 'removals', removals, REMOVAL_AGE, LATE_REMOVAL],
      ['RetriedBulk', 'bulk', bulk, RETRIED_BULK_AGE, RETRIED_BULK],
    ] as const) {
      const age = fn.counted(`RetriedSeconds:${name}`, 'Maximum', minute);
      const first = tailOf(fn, '{ $.kind = "not-ended" || $.kind = "failed" }');
      alarmAbove(
        this.scope,
        id,
        age,
        limit.toSeconds(),
        told({ meaning, first, runbook: queue.lateRunbook }),
        RETRIED_WITHIN,
      );
    }
    alarmAbove(
      this.scope,
      'SlowRemoval',
      fn.counted('SecondsToEnd:event', 'Maximum', Duration.minutes(5)),
      SLOW_REMOVAL.toSeconds(),
      told({
        meaning: `It took more than ${SLOW_REMOVAL.toMinutes()} minutes from the event to the last Logout. Somebody who left was signed in that long.`,
        first: tailOf(fn, `{ $.message = "revocation over" && $.seconds > ${SLOW_REMOVAL.toSeconds()} }`),
        runbook: 'removals-are-slow',
      }),
    );
  }

  #alarmOnErrors(fn: ServiceFunction, id: string, meaning: string): void {
    alarmOnErrors(this.scope, `${id}Errors`, fn, meaning);
  }
}
