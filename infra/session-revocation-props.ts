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
import { type JwtProps, requireJwt } from './jwt.ts';
import { type OutgoingEventsProps, resolveOutgoingEvents } from './outgoing-events-props.ts';
import { type PortalRegionsProps, resolvePortalRegions } from './portal-regions.ts';
import { type RegistrarRoleProps, requireRegistrarRole } from './registrar-role.ts';
import { requireBetween, requireDuration, requireWhole } from './require-between.ts';
import { resolveSignOutFence, type SignOutFenceProps } from './sign-out-fence.ts';
import { requireSweepRate } from './sweep-schedule.ts';
import { resolveThrottle, type ThrottleProps } from './throttle.ts';

export interface SessionRevocationProps
  extends PortalRegionsProps,
    EventSendersProps,
    EndedAssignmentsProps,
    AccessRemovalProps,
    AlarmProps,
    SignOutFenceProps,
    OutgoingEventsProps,
    DeploymentProps {
  /**
   * The identity store of the instance, `d-…` or a UUID, or a token of CloudFormation. Needed to register sessions, to look up user names, to tell what a changed user means, and to
   * sweep for users who left without an event. The stack must live in the account of the instance or its delegated administrator.
   *
   * @default none: no session can be registered, user names are refused, changed users ignored, and the sweep finds only what
   * is stuck
   */
  readonly identityStoreId?: string;
  /**
   * The instance of IAM Identity Center, `arn:aws:sso:::instance/ssoins-…`, or a token of CloudFormation. Needed by what reads
   * or changes account assignments.
   *
   * @default none
   */
  readonly instanceArn?: string;
  /**
   * How long a sign-in session lives, as set in IAM Identity Center (15 minutes to 90 days, in whole minutes): so long a session that can
   * be refreshed is held.
   *
   * @default 8 hours
   */
  readonly portalSession?: Duration;
  /**
   * The longest session duration of any permission set; `roleSessions.mayContinueUntil` is reckoned with it.
   * IAM Identity Center allows 1 to 12 hours. Whole minutes.
   *
   * @default 12 hours
   */
  readonly maxRoleSession?: Duration;
  /**
   * How many sessions of one user are held at the most; registering one more is refused. 1 to 1,000.
   *
   * @default 50
   */
  readonly maxSessionsPerUser?: number;
  /**
   * How Logouts are paced. The portal's limit is not published: docs/facts.md § Rates.
   *
   * - `perSecond`: what each removal begins with, and all workers of bulk jobs together; at least 0.5 for each of `workers`
   * - `maxPerSecond`: how far that grows while the portal throttles nothing; `perSecond` at least. With the same value it never
   *   grows
   * - `atOnce`: Logouts at the same time, of each removal and of all workers of bulk jobs together; at least 2 for each of `workers`
   *
   * @default 20 a second, up to 100 or `perSecond` if that is more, 20 at the same time
   */
  readonly logouts?: {
    readonly perSecond: number;
    readonly atOnce: number;
    readonly maxPerSecond?: number;
  };
  /**
   * Workers at the same time for each of the three queues, 2 to 100; those of bulk jobs share the Logouts.
   *
   * @default 2, the least SQS allows
   */
  readonly workers?: number;
  /**
   * How often the sweep runs, in whole minutes from 5 up to 56 hours, and how many requests a second sweep and workers together
   * send to the identity store: at least a fifth of `workers`. AWS takes 20 a second from all callers together. A run ends
   * two minutes before the next one, or after 15 minutes.
   *
   * @default every 15 minutes, 10 a second
   */
  readonly sweep?: { readonly every: Duration; readonly directoryCallsPerSecond: number };
  /**
   * How long revocation records are kept; whole days, at least one.
   *
   * @default 400 days
   */
  readonly recordRetention?: Duration;
  /** @default one year */
  readonly logRetention?: RetentionDays;
  /**
   * Requests per second to each route of the API, over all callers together.
   *
   * @default as each kind of route says
   */
  readonly throttle?: ThrottleProps;
  /**
   * How calls to AWS are retried; attempts count the first one, 1 to 10.
   *
   * @default standard mode, 3 attempts
   */
  readonly retry?: { readonly mode: 'standard' | 'adaptive'; readonly maxAttempts: number };
  /**
   * Lets callers without AWS credentials in by a JSON Web Token instead.
   *
   * @default IAM authorization (SigV4)
   */
  readonly jwt?: JwtProps;
  /**
   * A role by which people of other accounts of the organization register their own sessions. Not tried on AWS.
   *
   * @default none: people register from a permission set in the account of the API, or a service registers for them
   */
  readonly registrarRole?: RegistrarRoleProps;
  /**
   * User ids of the identity store, 20 at most, of people who are neither signed out nor denied when everyone is: those who have
   * to bring a red button that was pressed by mistake to its end. A request can add others. Who is removed is removed all the
   * same.
   *
   * @default none
   */
  readonly breakGlassUserIds?: readonly string[];
  /**
   * Denies the role sessions that Logout leaves running, by service control policies. These reach neither the management
   * account nor service-linked roles.
   *
   * @default none: role sessions continue to the end of their time
   */
  readonly roleSessions?: RoleSessionsProps;
}

/** The properties with their defaults. */
export type Settings = ReturnType<typeof resolveProps>;

/** @throws Error naming the property that is out of its range */
export function resolveProps(props: SessionRevocationProps, stack: Stack) {
  const maxRoleSession = props.maxRoleSession ?? Duration.hours(12);
  const portalSession = props.portalSession ?? Duration.hours(8);
  const retry = props.retry ?? { mode: 'standard' as const, maxAttempts: 3 };
  const logouts = resolveLogouts(props.logouts);
  const maxSessionsPerUser = props.maxSessionsPerUser ?? 50;
  const workers = props.workers ?? 2;
  const sweep = props.sweep ?? { every: Duration.minutes(15), directoryCallsPerSecond: 10 };
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
  requireRates(logouts, workers, sweep);
  requireIdentityStore(props.identityStoreId);
  requireInstance(props.instanceArn);
  const events = resolveSenders(props);
  if (props.jwt) requireJwt(props.jwt);
  if (props.registrarRole) requireRegistrarRole(props.registrarRole, props.jwt);
  return {
    portalRegions: resolvePortalRegions(props, stack.region),
    identityStoreId: props.identityStoreId,
    portalSession,
    maxRoleSession,
    maxSessionsPerUser,
    logoutsPerSecond: logouts.perSecond,
    maxLogoutsPerSecond: logouts.maxPerSecond,
    logoutsAtOnce: logouts.atOnce,
    workers,
    events,
    eventsTo: resolveOutgoingEvents(props, events.ownSource),
    sweep,
    recordRetention,
    logRetention: props.logRetention ?? RetentionDays.ONE_YEAR,
    throttle: resolveThrottle(props.throttle),
    retry,
    userNameClaim: props.jwt?.userNameClaim,
    breakGlassUserIds: resolveBreakGlass(props.breakGlassUserIds ?? []),
    roleSessions: props.roleSessions && resolveRoleSessions(props.roleSessions),
    endedAssignments: resolveEndedAssignments(props),
    accessRemoval: resolveAccessRemoval(props),
    signOutFence: resolveSignOutFence(props),
    deployment: resolveDeployment(props, props.roleSessions !== undefined, stack),
    notified: resolveNotified(props),
  };
}

const RETRY_MODES: readonly string[] = ['standard', 'adaptive'];

function resolveLogouts({
  perSecond,
  atOnce,
  maxPerSecond,
}: SessionRevocationProps['logouts'] = DEFAULT_LOGOUTS) {
  return { perSecond, atOnce, maxPerSecond: maxPerSecond ?? Math.max(MAX_LOGOUTS_PER_SECOND, perSecond) };
}

const DEFAULT_LOGOUTS = { perSecond: 20, atOnce: 20 };
const MAX_LOGOUTS_PER_SECOND = 100;

/** Each worker has a share of every rate. With less than this, a share is hardly one call within an invocation's minute. */
function requireRates(
  logouts: ReturnType<typeof resolveLogouts>,
  workers: number,
  sweep: { every: Duration; directoryCallsPerSecond: number },
): void {
  requireWhole('workers', workers, 2, 100);
  requireBetween('logouts.perSecond', logouts.perSecond, workers / 2, 10_000);
  requireBetween('logouts.maxPerSecond', logouts.maxPerSecond, logouts.perSecond, 10_000);
  // With one at a time, a worker would wait for each answer before it sends the next Logout.
  requireWhole('logouts.atOnce', logouts.atOnce, 2 * workers, 10_000);
  requireBetween('sweep.directoryCallsPerSecond', sweep.directoryCallsPerSecond, workers / 5, 1_000);
  requireSweepRate('sweep.every', sweep.every);
}
