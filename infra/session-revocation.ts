import { Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AccessRemoval } from './access-removal.ts';
import { alarmsOf, notifyOf } from './alarm-notifications.ts';
import type { ApiDomain } from './api-domain.ts';
import { BackgroundFunctions } from './background-functions.ts';
import { RevocationDashboard } from './dashboard.ts';
import type { DenyList } from './deny-list.ts';
import { EndedAssignments } from './ended-assignments.ts';
import { OutgoingEvents } from './outgoing-events.ts';
import { createParts } from './parts.ts';
import { RegistrarRole } from './registrar-role.ts';
import { RemovalEvents } from './removal-events.ts';
import type { RevocationApi } from './revocation-api.ts';
import type { RevocationQueue } from './revocation-queue.ts';
import type { RevocationRecords } from './revocation-records.ts';
import { saveQueries } from './saved-queries.ts';
import { ServedApis } from './served-apis.ts';
import { resolveProps, type SessionRevocationProps } from './session-revocation-props.ts';
import type { TokenCache } from './token-cache.ts';
import type { WorkQueues } from './work-queues.ts';

/**
 * Ends IAM Identity Center sessions. It has an HTTP API (two with `jwt`), rules for events of removed people, queues with workers, a
 * sweep, the token cache and the revocation records. No resource has a physical name, so an account can have several of these.
 */
export class SessionRevocation extends Construct {
  /** Base URL of the HTTP API with IAM authorization, without a slash at the end: every path begins with one. */
  readonly apiUrl: string;
  /** The target for a DNS record of `domainName`. Undefined without `domainName`. */
  readonly apiDomain: ApiDomain | undefined;
  /** Base URL of the HTTP API for JSON Web Tokens, without a slash at the end. Undefined without `jwt`. */
  readonly jwtApiUrl: string | undefined;
  /** The target for a DNS record of `jwt.domainName`. Undefined without `jwt.domainName`. */
  readonly jwtApiDomain: ApiDomain | undefined;
  readonly tokenCache: TokenCache;
  readonly records: RevocationRecords;
  readonly queues: WorkQueues;
  /** Undefined without `roleSessions`. */
  readonly denyList: DenyList | undefined;
  /** Undefined without `denyEndedAssignments`. */
  readonly endedAssignments: EndedAssignments | undefined;
  /** The role by which people of other accounts register their own sessions. Undefined without `registrarRole`. */
  readonly registrarRole: Role | undefined;
  /** Undefined without `removeAccess`. */
  readonly accessRemoval: AccessRemoval | undefined;
  /** The role of the function that writes the policies. A role of another account has to trust it. Undefined without `roleSessions`. */
  readonly reconcilerRole: Role | undefined;
  /** The queue of events to send. Undefined without `eventsTo`. */
  readonly notices: RevocationQueue | undefined;
  /** All alarms. An app can add its own actions to each: `alarm.addAlarmAction(…)`. */
  readonly alarms: readonly Alarm[];
  /** The API with IAM authorization, which the grants are about. */
  readonly #api: RevocationApi;

  constructor(scope: Construct, id: string, props: SessionRevocationProps = {}) {
    super(scope, id);
    const settings = resolveProps(props, Stack.of(this));
    const parts = createParts(this, settings);
    this.tokenCache = parts.tokenCache;
    this.records = parts.records;
    this.queues = parts.queues;
    this.denyList = parts.denyList;
    new RemovalEvents(this, 'Removals', {
      queue: this.queues.removals,
      identityStoreId: settings.identityStoreId,
      ...settings.events,
    });
    this.notices = parts.notices;
    const background = new BackgroundFunctions(this, parts);
    const worker = background.worker();
    this.accessRemoval = settings.accessRemoval && new AccessRemoval(this, parts, settings.accessRemoval);
    this.accessRemoval?.queue.grantSend(worker);
    this.reconcilerRole = this.denyList && background.reconcile(this.denyList).role;
    this.endedAssignments =
      this.denyList &&
      settings.endedAssignments &&
      new EndedAssignments(this, parts, settings.endedAssignments, this.denyList);
    background.sweep();
    new OutgoingEvents(this, parts);
    this.registrarRole =
      props.registrarRole && new RegistrarRole(this, 'Registrar', props.registrarRole).role;
    const apis = new ServedApis(this, parts, {
      accessRemoval: this.accessRemoval,
      registrarRole: this.registrarRole?.roleName,
    });
    this.#api = apis.iam;
    this.apiUrl = apis.iam.url;
    this.apiDomain = apis.iam.domain;
    this.jwtApiUrl = apis.jwt?.url;
    this.jwtApiDomain = apis.jwt?.domain;
    if (this.registrarRole) this.grantRegister(this.registrarRole);
    this.alarms = alarmsOf(this);
    if (settings.notified) notifyOf(this, this.alarms, settings.notified, parts.encryption);
    new RevocationDashboard(this, apis.all, this.alarms);
    saveQueries(this);
  }

  /**
   * Lets an IAM principal end sessions, of one session or one user at a time.
   *
   * @throws Error when the grant would have no effect: give a role, user or group of this account, such as
   * `Role.fromRoleArn(…)`, not an `ArnPrincipal`. So do all the other grants.
   */
  grantRevoke(grantee: IGrantable): void {
    this.#api.grantInvoke('revoke', grantee);
  }

  /** Lets an IAM principal sign out everyone. */
  grantRevokeEveryone(grantee: IGrantable): void {
    this.#api.grantInvoke('revokeEveryone', grantee);
  }

  /**
   * Lets an IAM principal read revocations, and which sessions are held, by GET and by HEAD.
   */
  grantRead(grantee: IGrantable): void {
    this.#api.grantInvoke('listSessions', grantee);
    this.#api.grantInvoke('readRevocation', grantee);
    this.#api.grantInvoke('listRevocations', grantee);
  }

  /**
   * Lets an IAM principal take users off the deny list, one at a time.
   *
   * @throws Error when the stack does not deny role sessions
   */
  grantLiftDenials(grantee: IGrantable): void {
    this.#requireDenyList();
    this.#api.grantInvoke('liftDenial', grantee);
  }

  /**
   * Lets an IAM principal lift the denial of everyone, which the red button has put on the deny list.
   *
   * @throws Error when the stack does not deny role sessions
   */
  grantLiftEveryone(grantee: IGrantable): void {
    this.#requireDenyList();
    this.#api.grantInvoke('liftEveryone', grantee);
  }

  #requireDenyList(): void {
    if (!this.denyList) throw new Error('There is no deny list without roleSessions.');
  }

  /**
   * Lets an IAM principal give back what a removal took away.
   *
   * @throws Error when the stack takes no access away
   */
  grantRestoreAccess(grantee: IGrantable): void {
    if (!this.accessRemoval) throw new Error('No access is taken away without removeAccess.');
    this.#api.grantInvoke('restoreAccess', grantee);
  }

  /**
   * Lets people register their own sessions. Give it to roles that IAM Identity Center users sign in to: other callers are
   * refused.
   */
  grantRegister(grantee: IGrantable): void {
    this.#api.grantInvoke('registerOwnSession', grantee);
  }

  /**
   * Lets an IAM principal register a session of any user. Give it only to a service that signs people in itself.
   */
  grantRegisterForAnyone(grantee: IGrantable): void {
    this.#api.grantInvoke('registerSession', grantee);
  }
}
