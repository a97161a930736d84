import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { alarmOnAny, alarmOnSilence } from './alarm.ts';
import { type DenyList, RECONCILER_TIMEOUT } from './deny-list.ts';
import { nameSenders } from './removal-events.ts';
import type { RevocationQueue } from './revocation-queue.ts';
import type { RevocationRecords } from './revocation-records.ts';
import { ServiceFunction, type ServiceFunctionProps } from './service-function.ts';
import type { Settings } from './session-revocation-props.ts';
import type { TokenCache } from './token-cache.ts';

export interface Parts {
  readonly settings: Settings;
  readonly tokenCache: TokenCache;
  readonly records: RevocationRecords;
  readonly queue: RevocationQueue;
  /** Absent where role sessions are not denied. */
  readonly denyList: DenyList | undefined;
}

export const WORKER_TIMEOUT = Duration.minutes(1);
const SWEEP_TIMEOUT = Duration.minutes(5);

/** The functions, each with the environment and the grants of what it does. */
export class Functions {
  readonly #scope: Construct;
  readonly #parts: Parts;

  constructor(scope: Construct, parts: Parts) {
    this.#scope = scope;
    this.#parts = parts;
  }

  #function(
    id: string,
    handler: string,
    description: string,
    more: Pick<ServiceFunctionProps, 'timeout' | 'onlyOneAtATime'> = {},
  ): ServiceFunction {
    const { logRetention, retry } = this.#parts.settings;
    return new ServiceFunction(this.#scope, id, { handler, description, logRetention, retry, ...more });
  }

  revoke(): ServiceFunction {
    const fn = this.#function(
      'Revoke',
      'revoke',
      'Ends a session, or the few sessions of a user; queues many',
    );
    this.#signOut(fn);
    this.#logouts(fn);
    this.#directory(fn, ['GetUserId']);
    this.#parts.tokenCache.grantForget(fn);
    this.#parts.tokenCache.grantEndSessions(fn);
    this.#parts.records.grantRead(fn);
    this.#parts.records.grantRecord(fn);
    this.#parts.records.grantAmend(fn);
    this.#parts.queue.grantSend(fn);
    this.#parts.denyList?.grantChange(fn);
    return fn;
  }

  revokeEveryone(): ServiceFunction {
    const fn = this.#function(
      'RevokeEveryone',
      'revoke-everyone',
      'Records that everyone is to be signed out, and queues it',
    );
    this.#parts.tokenCache.grantNoteBegun(fn);
    this.#parts.records.grantRead(fn);
    this.#parts.records.grantRecord(fn);
    this.#parts.queue.grantSend(fn);
    return fn;
  }

  readRevocation(): ServiceFunction {
    const fn = this.#function(
      'ReadRevocation',
      'read-revocation',
      'Answers what a revocation did and what may still live',
    );
    this.#parts.records.grantRead(fn);
    return fn;
  }

  listRevocations(): ServiceFunction {
    const fn = this.#function(
      'ListRevocations',
      'list-revocations',
      "Answers a user's revocations, newest first",
    );
    this.#parts.records.grantReadByUser(fn);
    return fn;
  }

  registerSession(): ServiceFunction {
    const fn = this.#function('RegisterSession', 'register-session', 'Holds a session, its tokens encrypted');
    fn.addEnvironment(ENV.portalSessionSeconds, String(this.#parts.settings.portalSession.toSeconds()));
    this.#signOut(fn);
    this.#directory(fn, ['GetUserId']);
    this.#parts.tokenCache.grantRegister(fn);
    this.#parts.tokenCache.grantForget(fn);
    this.#parts.records.grantRead(fn);
    this.#parts.records.grantRecord(fn);
    this.#parts.queue.grantSend(fn);
    return fn;
  }

  listSessions(): ServiceFunction {
    const fn = this.#function(
      'ListSessions',
      'list-sessions',
      'Answers which sessions are held of a user, without tokens',
    );
    this.#parts.tokenCache.grantList(fn);
    return fn;
  }

  /** Takes what is queued. */
  worker(): ServiceFunction {
    const fn = this.#function('Worker', 'work', 'Ends the sessions that queued jobs and events ask for', {
      timeout: WORKER_TIMEOUT,
    });
    nameSenders(fn, this.#parts.settings.events);
    this.#signOut(fn);
    this.#logouts(fn);
    this.#directory(fn, ['GetUserId', 'DescribeUser']);
    this.#parts.tokenCache.grantEndSessions(fn);
    this.#parts.tokenCache.grantScan(fn);
    this.#parts.records.grantRead(fn);
    this.#parts.records.grantRecord(fn);
    this.#parts.records.grantAmend(fn);
    this.#parts.queue.grantSend(fn);
    this.#parts.denyList?.grantChange(fn);
    this.#parts.denyList?.grantRead(fn);
    this.#parts.queue.feed(fn);
    this.#alarmOnErrors(fn, 'Worker', 'A worker crashed or ran out of time or memory');
    return fn;
  }

  /** Finds who left without an event, as far as there is an identity store to ask, and what is stuck. */
  sweep(): ServiceFunction {
    const { sweep } = this.#parts.settings;
    const fn = this.#function(
      'Sweep',
      'sweep',
      'Finds users who left without an event, and stuck revocations',
      { timeout: SWEEP_TIMEOUT },
    );
    this.#alarmOnErrors(fn, 'Sweep', 'The sweep failed, or the identity store did not answer it');
    alarmOnSilence(this.#scope, 'SweepSilence', fn, sweep.every, 'The sweep does not run');
    fn.addEnvironment(ENV.directoryCallsPerSecond, String(sweep.directoryCallsPerSecond));
    this.#directory(fn, ['DescribeUser']);
    this.#parts.tokenCache.grantScan(fn);
    this.#parts.tokenCache.grantProgress(fn);
    this.#parts.queue.grantSend(fn);
    return fn;
  }

  liftDenial(denyList: DenyList): ServiceFunction {
    const fn = this.#function('LiftDenial', 'lift-denial', 'Takes a user off the deny list');
    denyList.grantChange(fn);
    denyList.grantRead(fn);
    return fn;
  }

  /** The one writer of the policies. */
  reconcile(denyList: DenyList): ServiceFunction {
    const fn = this.#function('Reconcile', 'reconcile', 'Brings the policies in line with the deny list', {
      timeout: RECONCILER_TIMEOUT,
      onlyOneAtATime: true,
    });
    denyList.grantReconcile(fn);
    this.#parts.records.grantAmend(fn);
    denyList.feed(fn);
    this.#alarmOnErrors(fn, 'Reconcile', 'A policy that denies role sessions could not be changed');
    alarmOnSilence(this.#scope, 'ReconcileSilence', fn, denyList.every, 'Nobody looks after the policies');
    return fn;
  }

  /**
   * Answers requests that match no route.
   *
   * @param routes - those there are, in API Gateway's notation
   */
  unknownRoute(routes: string[]): ServiceFunction {
    const fn = this.#function('UnknownRoute', 'unknown-route', 'Answers requests that match no route');
    fn.addEnvironment(ENV.routes, routes.join(','));
    return fn;
  }

  #signOut(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.portalRegion, this.#parts.settings.portalRegion);
  }

  /** Each worker has its share of the rate, so that all of them together keep it. */
  #logouts(fn: ServiceFunction): void {
    const { logoutsPerSecond, logoutsAtOnce, workers } = this.#parts.settings;
    fn.addEnvironment(ENV.logoutsPerSecond, String(logoutsPerSecond / workers));
    fn.addEnvironment(ENV.logoutsAtOnce, String(Math.max(1, Math.floor(logoutsAtOnce / workers))));
  }

  #directory(fn: ServiceFunction, actions: string[]): void {
    const { identityStoreId } = this.#parts.settings;
    if (identityStoreId === undefined) return;
    // The store is the management account's, also where a delegated administrator asks.
    const { partition } = Stack.of(this.#scope);
    fn.addEnvironment(ENV.identityStoreId, identityStoreId);
    fn.allow(
      actions.map((action) => `identitystore:${action}`),
      [
        `arn:${partition}:identitystore::*:identitystore/${identityStoreId}`,
        `arn:${partition}:identitystore:::user/*`,
      ],
    );
  }

  #alarmOnErrors(fn: ServiceFunction, id: string, description: string): void {
    alarmOnAny(this.#scope, `${id}Errors`, fn.metricErrors({ period: Duration.minutes(5) }), description);
  }
}
