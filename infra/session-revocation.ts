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
 * Ends IAM Identity Center sessions: an HTTP API, or two with `jwt`, the events of a person's removal, a queue and its workers, a sweep, the
 * token cache and the revocation records. Nothing in it has a physical name, so that several can live in one account.
 */
export class SessionRevocation extends Construct {
  /** Base URL of the HTTP API with IAM authorization, without a slash at the end: every path begins with one. */
  readonly apiUrl: string;
  /** Where a DNS record of `domainName` has to point to. Absent without it. */
  readonly apiDomain: ApiDomain | undefined;
  /** Base URL of the HTTP API for JSON Web Tokens, without a slash at the end. Absent unless `jwt` is set. */
  readonly jwtApiUrl: string | undefined;
  /** Where a DNS record of `jwt.domainName` has to point to. Absent without it. */
  readonly jwtApiDomain: ApiDomain | undefined;
  readonly tokenCache: TokenCache;
  readonly records: RevocationRecords;
  readonly queues: WorkQueues;
  /** Absent unless role sessions are denied. */
  readonly denyList: DenyList | undefined;
  /** Absent unless `denyEndedAssignments` is on. */
  readonly endedAssignments: EndedAssignments | undefined;
  /** By which people of other accounts register their own sessions. Absent unless `registrarRole` is set. */
  readonly registrarRole: Role | undefined;
  /** Absent unless access is taken away. */
  readonly accessRemoval: AccessRemoval | undefined;
  /** Of the function that writes the policies: whom a role of another account has to trust. Absent unless role sessions are denied. */
  readonly reconcilerRole: Role | undefined;
  /** What may have to be told by an event. Absent unless `eventsTo` is set. */
  readonly notices: RevocationQueue | undefined;
  /** All of them. An app can add actions of its own to each: `alarm.addAlarmAction(…)`. */
  readonly alarms: readonly Alarm[];
  /** What IAM principals may be let into. */
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
   * Lets an IAM principal take everyone off the deny list, whom the red button has put on it.
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
   * Lets people register their own sessions: give it to roles that IAM Identity Center users sign in to. Whoever else calls
   * is refused.
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
