import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { alarmOnErrors } from './alarm.ts';
import { WORKER_TIMEOUT } from './background-functions.ts';
import type { DenyList } from './deny-list.ts';
import { FunctionGroup, type Parts } from './function-group.ts';
import { type IdentityCenterIds, permissionSetsOf } from './identity-center-ids.ts';
import { accountsOf } from './removal-events.ts';
import { endedAssignments } from './removal-patterns.ts';
import { RevocationQueue } from './revocation-queue.ts';
import type { ServiceFunction } from './service-function.ts';

/**
 * Denies the role sessions that outlive an ended account assignment. It has its own rule, queue and function: otherwise removals
 * would wait when many assignments end at once.
 */
export class EndedAssignments extends FunctionGroup {
  readonly queue: RevocationQueue;
  readonly #settings: IdentityCenterIds;

  constructor(scope: Construct, parts: Parts, settings: IdentityCenterIds, denyList: DenyList) {
    super(scope, parts);
    this.#settings = settings;
    this.queue = new RevocationQueue(scope, 'EndedAssignments', {
      deadLetters:
        'events of ended account assignments that EventBridge could not deliver, or that the function gave up',
      meaning: 'Somebody may still use an assignment that has ended.',
      urlVariable: ENV.endedAssignmentsQueueUrl,
      workerTimeout: WORKER_TIMEOUT,
      workers: parts.settings.workers,
      encryption: parts.encryption,
    });
    new Rule(scope, 'EndedAssignmentsRule', {
      description: 'Calls that delete the account assignment of a user',
      eventPattern: endedAssignments(accountsOf(scope, parts.settings.events), settings.instanceArn),
      targets: [new SqsQueue(this.queue.queue, { deadLetterQueue: this.queue.deadLetters })],
    });
    this.#function(denyList);
  }

  #function(denyList: DenyList): void {
    const fn = this.create(
      'EndAssignments',
      'end-assignments',
      'Denies the role sessions that outlive ended account assignments',
      { timeout: WORKER_TIMEOUT },
    );
    const { settings, records } = this.parts;
    fn.addEnvironment(ENV.instanceArn, this.#settings.instanceArn);
    fn.addEnvironment(ENV.instanceRegion, settings.portalRegions[0] ?? '');
    fn.addEnvironment(ENV.identityStoreId, this.#settings.identityStoreId);
    const lookUps = this.recordingNames(fn);
    if (lookUps.length > 0) this.directory(fn, lookUps);
    fn.addEnvironment(ENV.eventAccounts, accountsOf(this.scope, settings.events).join(','));
    fn.addEnvironment(ENV.workers, String(settings.workers));
    this.#grantRead(fn);
    records.grantRecordOfAssignments(fn);
    denyList.grantReadOfUsers(fn);
    denyList.grantChangeOfUsers(fn);
    this.queue.feed(fn);
    this.#alarms(fn);
  }

  /** Grants reading a user's assignments, and the names of permission sets. */
  #grantRead(fn: ServiceFunction): void {
    const { instanceArn } = this.#settings;
    fn.allow(['sso:ListAccountAssignmentsForPrincipal', 'sso:DescribePermissionSet'], [instanceArn]);
    fn.allow(['sso:DescribePermissionSet'], [permissionSetsOf(instanceArn)]);
  }

  #alarms(fn: ServiceFunction): void {
    alarmOnErrors(
      this.scope,
      'EndAssignmentsErrors',
      fn,
      'The function that denies the role sessions of ended assignments crashed, or ran out of time or memory. Somebody may still use an assignment that has ended.',
    );
  }
}
