import { Stack } from 'aws-cdk-lib';
import type { HttpRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { accessRoutes, denyListRoutes, routeKeys, routes } from '../lambda/routes.ts';
import { AccessRemoval } from './access-removal.ts';
import { alarmsOf, notifyOf } from './alarm-notifications.ts';
import type { ApiDomain } from './api-domain.ts';
import { ApiFunctions } from './api-functions.ts';
import { BackgroundFunctions } from './background-functions.ts';
import { RevocationDashboard } from './dashboard.ts';
import type { DenyList } from './deny-list.ts';
import { EndedAssignments } from './ended-assignments.ts';
import type { Parts } from './function-group.ts';
import type { JwtProps } from './jwt.ts';
import { OutgoingEvents } from './outgoing-events.ts';
import { createParts } from './parts.ts';
import { RegistrarRole } from './registrar-role.ts';
import { RemovalEvents } from './removal-events.ts';
import { RevocationApi } from './revocation-api.ts';
import type { RevocationQueue } from './revocation-queue.ts';
import type { RevocationRecords } from './revocation-records.ts';
import { saveQueries } from './saved-queries.ts';
import { resolveProps, type SessionRevocationProps } from './session-revocation-props.ts';
import type { TokenCache } from './token-cache.ts';
import type { WorkQueues } from './work-queues.ts';

/**
 * Ends IAM Identity Center sessions: an HTTP API, the events of a person's removal, a queue and its workers, a sweep, the
 * token cache and the revocation records. Nothing in it has a physical name, so that several can live in one account.
 */
export class SessionRevocation extends Construct {
  /** Base URL of the HTTP API, without a slash at the end: every path begins with one. */
  readonly apiUrl: string;
  /** Where a DNS record of `domainName` has to point to. Absent without it. */
  readonly apiDomain: ApiDomain | undefined;
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
    this.#api = this.#serve(new ApiFunctions(this, parts), parts, props.jwt);
    this.apiUrl = this.#api.url;
    this.apiDomain = this.#api.domain;
    if (this.registrarRole) this.grantRegister(this.registrarRole);
    this.alarms = alarmsOf(this);
    if (settings.notified) notifyOf(this, this.alarms, settings.notified, parts.encryption);
    new RevocationDashboard(this, this.#api, this.alarms);
    saveQueries(this);
  }

  #serve(
    functions: ApiFunctions,
    { settings: { throttle, logRetention, deployment }, encryption }: Parts,
    jwt: JwtProps | undefined,
  ): RevocationApi {
    const served = {
      ...routes,
      ...(this.denyList && denyListRoutes),
      ...(this.accessRemoval && accessRoutes),
    };
    const api = new RevocationApi(this, 'Api', {
      jwt,
      throttle,
      logRetention,
      removalPolicy: deployment.kept.removalPolicy,
      encryption,
      domain: deployment.apiDomain,
      catchAll: functions.unknownRoute(Object.values(served).flatMap(routeKeys)),
    });
    const added: Record<keyof typeof routes, HttpRoute> = {
      revoke: api.route('revoke', functions.revoke()),
      revokeEveryone: api.route('revokeEveryone', functions.revokeEveryone()),
      readRevocation: api.route('readRevocation', functions.readRevocation()),
      listRevocations: api.route('listRevocations', functions.listRevocations()),
      registerOwnSession: api.route(
        'registerOwnSession',
        functions.registerOwnSession(this.registrarRole?.roleName),
      ),
      registerSession: api.route('registerSession', functions.registerSession()),
      listSessions: api.route('listSessions', functions.listSessions()),
    };
    // `PUT /sessions` was this other route's key: in a stack that is there already, it must be free before it is taken.
    added.registerOwnSession.node.addDependency(added.registerSession);
    if (this.denyList) {
      api.route('liftDenial', functions.liftDenial(this.denyList));
      api.route('liftEveryone', functions.liftEveryone(this.denyList));
    }
    if (this.accessRemoval) api.route('restoreAccess', this.accessRemoval.restore());
    return api;
  }

  /**
   * Lets an IAM principal end sessions, of one session or one user at a time. Not for an API with a JWT authorizer.
   *
   * @throws Error when the grant would have no effect: give a role, user or group of this account, such as
   * `Role.fromRoleArn(…)`, not an `ArnPrincipal`. So do all the other grants.
   */
  grantRevoke(grantee: IGrantable): void {
    this.#api.grantInvoke('revoke', grantee);
  }

  /** Lets an IAM principal sign out everyone. Not for an API with a JWT authorizer. */
  grantRevokeEveryone(grantee: IGrantable): void {
    this.#api.grantInvoke('revokeEveryone', grantee);
  }

  /**
   * Lets an IAM principal read revocations, and which sessions are held, by GET and by HEAD. Not for an API with a JWT
   * authorizer.
   */
  grantRead(grantee: IGrantable): void {
    this.#api.grantInvoke('listSessions', grantee);
    this.#api.grantInvoke('readRevocation', grantee);
    this.#api.grantInvoke('listRevocations', grantee);
  }

  /**
   * Lets an IAM principal take users off the deny list, one at a time. Not for an API with a JWT authorizer.
   *
   * @throws Error when the stack does not deny role sessions
   */
  grantLiftDenials(grantee: IGrantable): void {
    this.#requireDenyList();
    this.#api.grantInvoke('liftDenial', grantee);
  }

  /**
   * Lets an IAM principal take everyone off the deny list, whom the red button has put on it. Not for an API with a JWT
   * authorizer.
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
   * Lets an IAM principal give back what a removal took away. Not for an API with a JWT authorizer.
   *
   * @throws Error when the stack takes no access away
   */
  grantRestoreAccess(grantee: IGrantable): void {
    if (!this.accessRemoval) throw new Error('No access is taken away without removeAccess.');
    this.#api.grantInvoke('restoreAccess', grantee);
  }

  /**
   * Lets people register their own sessions: give it to roles that IAM Identity Center users sign in to. Whoever else calls
   * is refused. Not for an API with a JWT authorizer.
   */
  grantRegister(grantee: IGrantable): void {
    this.#api.grantInvoke('registerOwnSession', grantee);
  }

  /**
   * Lets an IAM principal register a session of any user. Give it only to a service that signs people in itself. Not for an
   * API with a JWT authorizer.
   */
  grantRegisterForAnyone(grantee: IGrantable): void {
    this.#api.grantInvoke('registerSession', grantee);
  }
}
