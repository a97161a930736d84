import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { alarmAbove, alarmOnAny, tailOf, told } from './alarm.ts';
import type { DataEncryption } from './data-encryption.ts';
import type { DenyList } from './deny-list.ts';
import type { Network } from './network.ts';
import type { RevocationQueue } from './revocation-queue.ts';
import type { RevocationRecords } from './revocation-records.ts';
import { ServiceFunction, type ServiceFunctionProps } from './service-function.ts';
import type { Settings } from './session-revocation-props.ts';
import type { TokenCache } from './token-cache.ts';
import type { WorkQueues } from './work-queues.ts';

export interface Parts {
  readonly settings: Settings;
  readonly tokenCache: TokenCache;
  readonly records: RevocationRecords;
  readonly queues: WorkQueues;
  /** Encryption with the company's key; undefined if AWS's keys are used. */
  readonly encryption: DataEncryption | undefined;
  /** The VPC of the functions; undefined if they run outside of any VPC. */
  readonly network: Network | undefined;
  /** Undefined if the stack does not deny role sessions. */
  readonly denyList: DenyList | undefined;
  /** The queue of notices; undefined if the stack sends no events. */
  readonly notices: RevocationQueue | undefined;
}

/** Creates functions, and has the settings and grants that several of them share. */
export abstract class FunctionGroup {
  protected readonly scope: Construct;
  protected readonly parts: Parts;

  constructor(scope: Construct, parts: Parts) {
    this.scope = scope;
    this.parts = parts;
  }

  protected create(
    id: string,
    handler: string,
    description: string,
    more: Pick<ServiceFunctionProps, 'timeout' | 'continuesItself'> = {},
  ): ServiceFunction {
    const { logRetention, retry, deployment } = this.parts.settings;
    const { removalPolicy } = deployment.kept;
    const { encryption, network } = this.parts;
    return new ServiceFunction(this.scope, id, {
      handler,
      description,
      logRetention,
      removalPolicy,
      encryption,
      network,
      retry,
      ...more,
    });
  }

  protected portal(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.portalRegions, this.parts.settings.portalRegions.join(','));
  }

  /** Sets the total rates. Each removal may use all of them. The workers of bulk jobs share them. */
  protected logouts(fn: ServiceFunction): void {
    const { logoutsPerSecond, maxLogoutsPerSecond, logoutsAtOnce } = this.parts.settings;
    fn.addEnvironment(ENV.logoutsPerSecond, String(logoutsPerSecond));
    fn.addEnvironment(ENV.maxLogoutsPerSecond, String(maxLogoutsPerSecond));
    fn.addEnvironment(ENV.logoutsAtOnce, String(logoutsAtOnce));
  }

  protected directory(fn: ServiceFunction, actions: string[]): void {
    const { identityStoreId, portalRegions } = this.parts.settings;
    if (identityStoreId === undefined) return;
    // The ARN has no fixed account: the store is the management account's, even if a delegated administrator calls.
    const { partition } = Stack.of(this.scope);
    fn.addEnvironment(ENV.identityStoreId, identityStoreId);
    fn.addEnvironment(ENV.instanceRegion, portalRegions[0] ?? '');
    fn.allow(
      actions.map((action) => `identitystore:${action}`),
      [
        `arn:${partition}:identitystore::*:identitystore/${identityStoreId}`,
        `arn:${partition}:identitystore:::user/*`,
      ],
    );
  }

  /** Has the function keep user names if the stack records them. @returns what it may then ask of the identity store */
  protected recordingNames(fn: ServiceFunction): string[] {
    if (!this.parts.settings.recordUserNames) return [];
    fn.addEnvironment(ENV.recordUserNames, 'true');
    return ['DescribeUser'];
  }

  /** Grants ending sessions. Alarms on a session that can never be ended, and on a portal that fails or throttles. */
  protected endsSessions(fn: ServiceFunction, id: string): void {
    const { signOutFence } = this.parts.settings;
    if (signOutFence) fn.addEnvironment(ENV.signOutFenceSeconds, String(signOutFence.toSeconds()));
    this.parts.tokenCache.grantEndSessions(fn);
    this.parts.records.grantReadByUser(fn);
    this.parts.records.grantRecord(fn);
    this.parts.records.grantAmend(fn);
    this.parts.notices?.grantSend(fn);
    alarmOnAny(
      this.scope,
      `${id}Rejected`,
      fn.counted('SessionRejected', 'Sum', Duration.minutes(5)),
      told({
        meaning:
          'A session of somebody who was to be signed out can never be ended. The person may still be signed in.',
        first: tailOf(fn, '"session finally rejected"'),
        runbook: 'a-session-can-never-be-ended',
      }),
    );
    this.#alarmOnPortal(fn, id);
  }

  /** Alarms after two bad minutes of five. One lost answer raises no alarm, because failed calls are retried within seconds. */
  #alarmOnPortal(fn: ServiceFunction, id: string): void {
    const first = tailOf(fn, '{ $.kind = "not-ended" || $.code = "portal-*" }');
    const periods = { of: 5, breaching: 2 };
    for (const [name, metric, what] of [
      ['Fails', 'PortalFailed', 'does not answer'],
      ['Throttles', 'PortalThrottled', 'throttles'],
    ] as const) {
      const meaning = `The access portal ${what}. Somebody who left may still be signed in. Failed messages are retried for half an hour.`;
      const description = told({ meaning, first, runbook: 'the-access-portal-fails-or-throttles' });
      alarmAbove(
        this.scope,
        `${id}Portal${name}`,
        fn.counted(metric, 'Sum', Duration.minutes(1)),
        0,
        description,
        periods,
      );
    }
  }
}
