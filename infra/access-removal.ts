import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { alarmOnAny, alarmOnErrors, tailOf, told } from './alarm.ts';
import { WORKER_TIMEOUT } from './background-functions.ts';
import { FunctionGroup, type Parts } from './function-group.ts';
import { type IdentityCenterIds, permissionSetsOf } from './identity-center-ids.ts';
import { RevocationQueue } from './revocation-queue.ts';
import type { ServiceFunction } from './service-function.ts';

/**
 * Takes a removed person's own access away, and restores it. It has a queue and two functions, each with its own role. The
 * function that takes access away cannot give any, because a role that may give assignments can make anybody an administrator.
 */
export class AccessRemoval extends FunctionGroup {
  readonly queue: RevocationQueue;
  readonly #settings: IdentityCenterIds;

  constructor(scope: Construct, parts: Parts, settings: IdentityCenterIds) {
    super(scope, parts);
    this.#settings = settings;
    this.queue = new RevocationQueue(scope, 'AccessRemovals', {
      deadLetters: 'removals whose access could not be taken away',
      meaning: 'Somebody who left may still have access.',
      urlVariable: ENV.accessQueueUrl,
      workerTimeout: WORKER_TIMEOUT,
      workers: parts.settings.workers,
      encryption: parts.encryption,
    });
    this.#remove();
  }

  #remove(): void {
    const fn = this.create(
      'RemoveAccess',
      'remove-access',
      'Takes away the account assignments and group memberships of removed users',
      { timeout: WORKER_TIMEOUT, continuesItself: true },
    );
    this.#center(fn);
    this.#allowAssignments(fn, 'sso:DeleteAccountAssignment', 'sso:DescribeAccountAssignmentDeletionStatus');
    this.#allowMemberships(fn, ['DescribeGroup'], ['group']);
    this.#allowMemberships(fn, ['DeleteGroupMembership'], ['user', 'group', 'membership']);
    fn.addEnvironment(ENV.workers, String(this.parts.settings.workers));
    this.parts.denyList?.grantChange(fn);
    this.queue.feed(fn);
    this.queue.grantSend(fn);
    this.parts.notices?.grantSend(fn);
    const period = Duration.minutes(5);
    alarmOnAny(
      this.scope,
      'AccessLeft',
      fn.counted('AccessLeft', 'Sum', period),
      told({
        meaning:
          'Something that a removed person has could not be taken away: read the revocation with its revocationId, and take away by hand what its accessItems call LEFT.',
        first: tailOf(fn, '"access left"'),
        runbook: 'access-is-left',
      }),
    );
    alarmOnErrors(
      this.scope,
      'RemoveAccessErrors',
      fn,
      'The function that takes access away crashed, or ran out of time or memory. A removed person may still have access.',
    );
  }

  /** Creates the function that restores what a removal took away. */
  restore(): ServiceFunction {
    const fn = this.create(
      'RestoreAccess',
      'restore-access',
      'Gives back what a removal that was a mistake took away',
    );
    this.#center(fn);
    this.#allowAssignments(fn, 'sso:CreateAccountAssignment', 'sso:DescribeAccountAssignmentCreationStatus');
    this.#allowMemberships(fn, ['CreateGroupMembership'], ['user', 'group']);
    return fn;
  }

  /** Grants reading a user's assignments and memberships, and their record. */
  #center(fn: ServiceFunction): void {
    const { records, settings } = this.parts;
    fn.addEnvironment(ENV.instanceArn, this.#settings.instanceArn);
    fn.addEnvironment(ENV.directoryCallsPerSecond, String(settings.sweep.directoryCallsPerSecond));
    fn.allow(['sso:ListAccountAssignmentsForPrincipal'], [this.#settings.instanceArn]);
    this.directory(fn, ['DescribeUser']);
    this.#allowMemberships(fn, ['ListGroupMembershipsForMember'], ['user', 'membership']);
    records.grantRead(fn);
    records.grantRecordOfAccess(fn);
  }

  /** AWS also checks the permission set and the account of a changed assignment: docs/facts.md § Ending assignments. */
  #allowAssignments(fn: ServiceFunction, change: string, status: string): void {
    const { instanceArn } = this.#settings;
    const { partition } = Stack.of(this.scope);
    fn.allow([change], [instanceArn, permissionSetsOf(instanceArn), `arn:${partition}:sso:::account/*`]);
    fn.allow([status], [instanceArn]);
  }

  #allowMemberships(fn: ServiceFunction, actions: string[], kinds: string[]): void {
    const { partition } = Stack.of(this.scope);
    fn.allow(
      actions.map((action) => `identitystore:${action}`),
      [
        `arn:${partition}:identitystore::*:identitystore/${this.#settings.identityStoreId}`,
        ...kinds.map((kind) => `arn:${partition}:identitystore:::${kind}/*`),
      ],
    );
  }
}
