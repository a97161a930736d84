import { Duration, type Stack } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type AccessRemovalProps, resolveAccessRemoval } from './access-removal-props.ts';
import { type AlarmProps, resolveNotified } from './alarm-props.ts';
import { resolveBreakGlass } from './break-glass.ts';
import { type RoleSessionsProps, resolveRoleSessions } from './deny-list-props.ts';
import { type DeploymentProps, resolveDeployment } from './deployment-props.ts';
import { type EndedAssignmentsProps, resolveEndedAssignments } from './ended-assignments-props.ts';
import { type EventSendersProps, resolveSenders } from './event-senders.ts';
import { requireIdentityStore, requireInstance } from './identity-center-ids.ts';
import { type JwtProps, resolveJwt } from './jwt.ts';
import { type OutgoingEventsProps, resolveOutgoingEvents } from './outgoing-events-props.ts';
import { type PortalRegionsProps, resolvePortalRegions } from './portal-regions.ts';
import { type RatesProps, resolveRates } from './rates.ts';
import { type RegistrarRoleProps, requireRegistrarRole } from './registrar-role.ts';
import { requireDuration, requireWhole } from './require-between.ts';
import { resolveSignOutFence, type SignOutFenceProps } from './sign-out-fence.ts';
import { resolveThrottle, type ThrottleProps } from './throttle.ts';

/** How the AWS SDK retries a call. If the last attempt fails, SQS redelivers the message: docs/design.md § Transient failures. */
export interface RetryProps {
  /**
   * The retry mode of the AWS SDK, `standard` or `adaptive`.
   *
   * @default standard
   */
  readonly mode: 'standard' | 'adaptive';
  /**
   * Attempts of one call, the first one included: 1 to 10.
   *
   * @default 3
   */
  readonly maxAttempts: number;
}

export interface SessionRevocationProps
  extends PortalRegionsProps,
    EventSendersProps,
    RatesProps,
    EndedAssignmentsProps,
    AccessRemovalProps,
    AlarmProps,
    SignOutFenceProps,
    OutgoingEventsProps,
    DeploymentProps {
  /**
   * The identity store of the instance: `d-…`, a UUID, or a token of CloudFormation. The stack must live in the account of the
   * instance or of its delegated administrator. Without it, no session can be registered, no user name can be looked up, and the
   * sweep only finds revocations that are stuck.
   *
   * @default none
   */
  readonly identityStoreId?: string;
  /**
   * The instance of IAM Identity Center, `arn:aws:sso:::instance/ssoins-…`, or a token of CloudFormation. `aws sso-admin
   * list-instances` prints it. Needed by `removeAccess` and `denyEndedAssignments`.
   *
   * @default none
   */
  readonly instanceArn?: string;
  /**
   * How long a sign-in session lives, as set in IAM Identity Center: 15 minutes to 90 days, in whole minutes. A session that can be
   * refreshed is held for this long. If it is shorter than in Identity Center, `mayContinueUntil` is too early.
   *
   * @default 8 hours
   */
  readonly portalSession?: Duration;
  /**
   * The longest session duration of any permission set: 1 to 12 hours, in whole minutes. `roleSessions.mayContinueUntil` is
   * computed from it. If it is shorter than in Identity Center, `mayContinueUntil` is too early.
   *
   * @default 12 hours
   */
  readonly maxRoleSession?: Duration;
  /**
   * The highest number of sessions that are held for one user: 1 to 1,000. Registering one more is refused.
   *
   * @default 50
   */
  readonly maxSessionsPerUser?: number;
  /**
   * How long revocations are kept: whole days, at least one.
   *
   * @default 400 days
   */
  readonly recordRetention?: Duration;
  /**
   * Keeps the user's name with each registered session and in the record of each revocation, for as long as they are kept. Without
   * it, a record names a deleted user by an id that nobody can look up any more. A user name is personal data. Needs
   * `identityStoreId`.
   *
   * @default false: records have user ids alone
   */
  readonly recordUserNames?: boolean;
  /**
   * How long logs are kept. On the command line, one of the numbers of days that CloudWatch Logs accepts; 9999 means for ever.
   *
   * @default 365 days
   */
  readonly logRetention?: RetentionDays;
  /** How calls to AWS are retried. */
  readonly retry?: RetryProps;
  /**
   * Requests per second and at once for each kind of route, for all callers together. Each route has its own throttle, so
   * registering cannot use up what revoking needs. On the command line: `throttle=register:100/200,read:50/100`.
   *
   * @default see each kind of route
   */
  readonly throttle?: ThrottleProps;
  /**
   * Adds a second API for callers that have a JSON Web Token instead of AWS credentials.
   *
   * @default none: there is one API, with IAM authorization (SigV4)
   */
  readonly jwt?: JwtProps;
  /**
   * A role by which people of other accounts of the organization register their own sessions. Not tried on AWS.
   *
   * @default none: people register from a permission set in the account of the API, or a service registers for them
   */
  readonly registrarRole?: RegistrarRoleProps;
  /**
   * User ids of the identity store, at most 20. The red button neither signs these people out nor denies them, so that they can
   * lift it if it was pressed by mistake. A request can add other user ids. The removal of one of these people has its usual effect.
   *
   * @default none
   */
  readonly breakGlassUserIds?: readonly string[];
  /**
   * Denies the role sessions that Logout leaves running, by service control policies. These do not apply to the management account
   * and to service-linked roles.
   *
   * @default none: role sessions continue until they expire
   */
  readonly roleSessions?: RoleSessionsProps;
}

/** The properties with their defaults. */
export type Settings = ReturnType<typeof resolveProps>;

/** @throws Error naming the property that is out of its range */
export function resolveProps(props: SessionRevocationProps, stack: Stack) {
  const maxRoleSession = props.maxRoleSession ?? Duration.hours(12);
  const portalSession = props.portalSession ?? Duration.hours(8);
  const retry: RetryProps = props.retry ?? { mode: 'standard', maxAttempts: 3 };
  const maxSessionsPerUser = props.maxSessionsPerUser ?? 50;
  const recordRetention = props.recordRetention ?? Duration.days(400);
  requireDuration('maxRoleSession', maxRoleSession, {
    unit: 'hours',
    lowest: 1,
    highest: 12,
    whole: 'minutes',
  });
  requireDuration('portalSession', portalSession, { unit: 'minutes', lowest: 15, highest: 90 * 24 * 60 });
  requireDuration('recordRetention', recordRetention, { unit: 'days', lowest: 1, highest: 36_500 });
  requireWhole('maxSessionsPerUser', maxSessionsPerUser, 1, 1_000);
  requireWhole('retry.maxAttempts', retry.maxAttempts, 1, 10);
  if (!RETRY_MODES.includes(retry.mode)) {
    throw new Error(`retry.mode must be ${RETRY_MODES.join(' or ')}, not ${JSON.stringify(retry.mode)}.`);
  }
  requireIdentityStore(props.identityStoreId);
  requireInstance(props.instanceArn);
  if (props.recordUserNames && props.identityStoreId === undefined) {
    throw new Error('recordUserNames needs identityStoreId: the identity store has the names.');
  }
  const events = resolveSenders(props);
  if (props.registrarRole) requireRegistrarRole(props.registrarRole);
  requireTwoDomains(props);
  return {
    portalRegions: resolvePortalRegions(props, stack.region),
    identityStoreId: props.identityStoreId,
    ...resolveRates(props),
    portalSession,
    maxRoleSession,
    maxSessionsPerUser,
    events,
    eventsTo: resolveOutgoingEvents(props, events.ownSource),
    recordRetention,
    recordUserNames: props.recordUserNames ?? false,
    logRetention: props.logRetention ?? RetentionDays.ONE_YEAR,
    throttle: resolveThrottle(props.throttle),
    retry,
    jwt: props.jwt && resolveJwt(props.jwt, props.disableExecuteApiEndpoint ?? false),
    breakGlassUserIds: resolveBreakGlass(props.breakGlassUserIds ?? []),
    roleSessions: props.roleSessions && resolveRoleSessions(props.roleSessions),
    endedAssignments: resolveEndedAssignments(props),
    accessRemoval: resolveAccessRemoval(props),
    signOutFence: resolveSignOutFence(props),
    deployment: resolveDeployment(props, props.roleSessions !== undefined, stack),
    notified: resolveNotified(props),
  };
}

/** API Gateway has each domain name once: the deployment would fail halfway. */
function requireTwoDomains({ domainName, jwt }: SessionRevocationProps): void {
  if (domainName === undefined || domainName !== jwt?.domainName) return;
  throw new Error('jwt.domainName must be another name than domainName: each of the two APIs has its own.');
}

const RETRY_MODES: readonly string[] = ['standard', 'adaptive'];
