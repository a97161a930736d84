import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { ENV } from '../lambda/env.ts';
import { alarmOnAny, alarmOnSilence } from './alarm.ts';
import { type DenyList, RECONCILER_TIMEOUT } from './deny-list.ts';
import { FunctionGroup } from './function-group.ts';
import { nameSenders } from './removal-events.ts';
import type { ServiceFunction } from './service-function.ts';
import { EVENT_AGE, sweepTimeout } from './sweep-schedule.ts';
import { feedWorker } from './work-queues.ts';

/** Of an event that nobody needs late, or twice. */
const ONCE = { retryAttempts: 0, maxEventAge: EVENT_AGE };

export const WORKER_TIMEOUT = Duration.minutes(1);

/** The functions that queues and schedules run. */
export class BackgroundFunctions extends FunctionGroup {
  /** Takes what is queued. */
  worker(): ServiceFunction {
    const fn = this.create('Worker', 'work', 'Ends the sessions that queued jobs and events ask for', {
      timeout: WORKER_TIMEOUT,
      // A user's thousands of sessions take more invocations than Lambda allows one after the other: docs/facts.md § Lambda.
      continuesItself: true,
    });
    nameSenders(fn, this.parts.settings.events);
    this.portal(fn);
    this.logouts(fn);
    fn.addEnvironment(ENV.workers, String(this.parts.settings.workers));
    this.directory(fn, ['GetUserId', 'DescribeUser']);
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
      'A removal named nobody: the identity store does not know its user name, so it ended no session and denied nobody. Find the line with the kind "nobody" in the worker\'s log, read the revocation with its revocationId, and send the removal again with the userId',
    );
    this.#alarmOnErrors(fn, 'Worker', 'A worker crashed or ran out of time or memory');
    return fn;
  }

  /** Finds who left without an event, as far as there is an identity store to ask, and what is stuck. */
  sweep(): ServiceFunction {
    const { sweep, identityStoreId } = this.parts.settings;
    const fn = this.create('Sweep', 'sweep', 'Finds users who left without an event, and stuck revocations', {
      timeout: sweepTimeout(sweep.every),
    });
    // A run that failed is not repeated: the next one may be about to begin, and two would ask at twice the rate.
    fn.configureAsyncInvoke(ONCE);
    this.#alarmOnErrors(
      fn,
      'Sweep',
      'The sweep failed, had no time for everybody, or got no answer from the identity store: see the line "swept" in its log',
    );
    alarmOnSilence(this.scope, 'SweepSilence', fn, sweep.every, 'The sweep does not run');
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

  /** The one writer of the policies: its queue has one message group, so one batch is under way at a time. */
  reconcile(denyList: DenyList): ServiceFunction {
    const fn = this.create('Reconcile', 'reconcile', 'Brings the policies in line with the deny list', {
      timeout: RECONCILER_TIMEOUT,
      // Thousands of records take more runs than Lambda allows one after the other: docs/facts.md § Lambda.
      continuesItself: true,
    });
    denyList.grantReconcile(fn);
    this.parts.records.grantAmend(fn);
    this.parts.notices?.grantSend(fn);
    denyList.feed(fn);
    this.#alarmOnErrors(fn, 'Reconcile', 'A policy that denies role sessions could not be changed');
    alarmOnSilence(this.scope, 'ReconcileSilence', fn, denyList.every, 'Nobody looks after the policies');
    return fn;
  }

  /** The total. The sweep and the workers of each queue take their shares. */
  #directoryRate(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.directoryCallsPerSecond, String(this.parts.settings.sweep.directoryCallsPerSecond));
  }

  #alarmOnErrors(fn: ServiceFunction, id: string, description: string): void {
    alarmOnAny(this.scope, `${id}Errors`, fn.metricErrors({ period: Duration.minutes(5) }), description);
  }
}
