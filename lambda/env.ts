import * as v from 'valibot';
import { MAX_EXCEPTED } from './domain/denial.ts';
import { USER_ID } from './domain/ids.ts';

/** The environment contract: infra sets these names, the functions read them here and nowhere else. */
export const ENV = {
  tokenCacheTable: 'TOKEN_CACHE_TABLE',
  tokenKey: 'TOKEN_KEY',
  revocationsTable: 'REVOCATIONS_TABLE',
  recordRetentionDays: 'RECORD_RETENTION_DAYS',
  removalsQueueUrl: 'REMOVALS_QUEUE_URL',
  bulkQueueUrl: 'BULK_QUEUE_URL',
  reportsQueueUrl: 'REPORTS_QUEUE_URL',
  endedAssignmentsQueueUrl: 'ENDED_ASSIGNMENTS_QUEUE_URL',
  accessQueueUrl: 'ACCESS_QUEUE_URL',
  noticesQueueUrl: 'NOTICES_QUEUE_URL',
  eventBus: 'EVENT_BUS',
  maxReceiveCount: 'MAX_RECEIVE_COUNT',
  portalRegions: 'PORTAL_REGIONS',
  portalSessionSeconds: 'PORTAL_SESSION_SECONDS',
  maxRoleSessionSeconds: 'MAX_ROLE_SESSION_SECONDS',
  maxSessionsPerUser: 'MAX_SESSIONS_PER_USER',
  signOutFenceSeconds: 'SIGN_OUT_FENCE_SECONDS',
  userNameClaim: 'USER_NAME_CLAIM',
  registrarRole: 'REGISTRAR_ROLE',
  rolesClaim: 'ROLES_CLAIM',
  requiredRole: 'REQUIRED_ROLE',
  workers: 'WORKERS',
  logoutsPerSecond: 'LOGOUTS_PER_SECOND',
  maxLogoutsPerSecond: 'MAX_LOGOUTS_PER_SECOND',
  logoutsAtOnce: 'LOGOUTS_AT_ONCE',
  identityStoreId: 'IDENTITY_STORE_ID',
  instanceRegion: 'INSTANCE_REGION',
  instanceArn: 'INSTANCE_ARN',
  recordUserNames: 'RECORD_USER_NAMES',
  directoryCallsPerSecond: 'DIRECTORY_CALLS_PER_SECOND',
  ownEventSource: 'OWN_EVENT_SOURCE',
  oktaEventSource: 'OKTA_EVENT_SOURCE',
  eventAccounts: 'EVENT_ACCOUNTS',
  denyListTable: 'DENY_LIST_TABLE',
  denyListQueueUrl: 'DENY_LIST_QUEUE_URL',
  denyPolicyIds: 'DENY_POLICY_IDS',
  denyPolicyCharacters: 'DENY_POLICY_CHARACTERS',
  denyPoliciesAdopted: 'DENY_POLICIES_ADOPTED',
  organizationsRole: 'ORGANIZATIONS_ROLE',
  breakGlassUserIds: 'BREAK_GLASS_USER_IDS',
  routes: 'ROUTES',
} as const;

/** The name of the Lambda function; `none` outside Lambda. */
export const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'none';

/** All calls that wake the reconciler within the same period start it once: its queue delivers after the period is over. */
export const WAKE_PERIOD_SECONDS = 2;

/** All messages that wake the reconciler are in one group. So there is one batch at a time, and the policies have one writer. */
export const WAKE_GROUP = 'deny-list';

/** Index of the token cache by session id. It holds only keys. */
export const SESSION_INDEX = 'bySessionId';
/** Index of the revocations by user and time of request. */
export const USER_INDEX = 'byUser';
/** Index of the revocations by day and time of request. It holds only keys, so later changes of a header cost no writes to it. */
export const DAY_INDEX = 'byDay';

const count = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d*$/, 'must be a whole number above zero'),
  v.transform(Number),
);
const rate = v.pipe(v.string(), v.transform(Number), v.number(), v.minValue(0.01));
const text = v.pipe(v.string(), v.nonEmpty());

const tokenCache = { [ENV.tokenCacheTable]: text };
const tokens = { ...tokenCache, [ENV.tokenKey]: text };
const revocations = { [ENV.revocationsTable]: text };
const recording = {
  ...revocations,
  [ENV.recordRetentionDays]: count,
  [ENV.portalSessionSeconds]: count,
  [ENV.maxRoleSessionSeconds]: count,
};
const removals = { [ENV.removalsQueueUrl]: text };
const bulk = { [ENV.bulkQueueUrl]: text };
const reports = { [ENV.reportsQueueUrl]: text };
const list = v.pipe(
  v.string(),
  v.transform((joined) => joined.split(',')),
  v.array(text),
);
/** The ids become part of a policy, so each must have the form of a user id. */
const userIds = v.pipe(
  list,
  v.array(v.pipe(text, v.regex(USER_ID), v.toLowerCase())),
  v.maxLength(MAX_EXCEPTED),
);
const regions = v.pipe(
  list,
  v.check(([first]) => first !== undefined),
  v.transform(([first = '', ...rest]): [string, ...string[]] => [first, ...rest]),
);
const portal = { [ENV.portalRegions]: regions };
/** Absent if the stack has no identity store. */
const directory = { [ENV.identityStoreId]: v.optional(text), [ENV.instanceRegion]: v.optional(text) };
/** Only where the stack records user names. */
const naming = { [ENV.recordUserNames]: v.optional(v.literal('true')) };
const denyList = { [ENV.denyListTable]: text, [ENV.denyListQueueUrl]: text };
/** Absent if the stack does not deny role sessions. `denyList` of wiring/parts.ts refuses one without the other. */
const denying = { [ENV.denyListTable]: v.optional(text), [ENV.denyListQueueUrl]: v.optional(text) };
/** Absent if the stack sends no events. */
const telling = { [ENV.noticesQueueUrl]: v.optional(text) };
/** Whose events are believed, besides those about the identity store. */
const senders = {
  [ENV.ownEventSource]: text,
  [ENV.oktaEventSource]: v.optional(text),
  [ENV.eventAccounts]: list,
};
const logouts = {
  ...portal,
  [ENV.logoutsPerSecond]: rate,
  [ENV.maxLogoutsPerSecond]: rate,
  [ENV.logoutsAtOnce]: count,
};

/** What the functions share that take access away or restore it. */
const access = {
  ...revocations,
  [ENV.recordRetentionDays]: count,
  [ENV.identityStoreId]: text,
  [ENV.instanceRegion]: text,
  [ENV.instanceArn]: text,
  [ENV.directoryCallsPerSecond]: rate,
};

const registerSession = {
  ...tokens,
  ...recording,
  ...reports,
  ...portal,
  ...directory,
  ...telling,
  ...naming,
  [ENV.maxSessionsPerUser]: count,
};

/** The environment of each function. */
export const environments = {
  revoke: v.object({
    ...tokens,
    ...recording,
    ...removals,
    ...logouts,
    ...directory,
    ...denying,
    [ENV.signOutFenceSeconds]: v.optional(count),
    ...telling,
    ...naming,
  }),
  revokeEveryone: v.object({
    ...tokenCache,
    ...recording,
    ...bulk,
    ...denying,
    [ENV.breakGlassUserIds]: v.optional(userIds),
  }),
  readRevocation: v.object(revocations),
  listRevocations: v.object({ ...revocations, ...directory }),
  registerOwnSession: v.object({
    ...registerSession,
    [ENV.userNameClaim]: v.optional(text),
    [ENV.registrarRole]: v.optional(text),
  }),
  registerSession: v.object(registerSession),
  listSessions: v.object(tokenCache),
  work: v.object({
    ...tokens,
    ...recording,
    ...removals,
    ...bulk,
    ...reports,
    ...logouts,
    ...directory,
    [ENV.directoryCallsPerSecond]: rate,
    ...denying,
    [ENV.workers]: count,
    [ENV.maxReceiveCount]: count,
    [ENV.accessQueueUrl]: v.optional(text),
    [ENV.signOutFenceSeconds]: v.optional(count),
    ...telling,
    ...naming,
    ...senders,
  }),
  removeAccess: v.object({
    ...access,
    ...denying,
    ...telling,
    [ENV.accessQueueUrl]: text,
    [ENV.workers]: count,
    [ENV.maxReceiveCount]: count,
  }),
  restoreAccess: v.object(access),
  sweep: v.object({
    ...tokenCache,
    ...reports,
    ...directory,
    [ENV.directoryCallsPerSecond]: rate,
    [ENV.denyListTable]: v.optional(text),
  }),
  liftDenial: v.object({ ...tokenCache, ...denyList }),
  liftEveryone: v.object(denyList),
  reconcile: v.object({
    ...revocations,
    ...denyList,
    ...telling,
    [ENV.denyPolicyIds]: list,
    [ENV.denyPolicyCharacters]: count,
    [ENV.denyPoliciesAdopted]: v.optional(v.literal('true')),
    [ENV.organizationsRole]: v.optional(text),
  }),
  endedAssignments: v.object({
    ...recording,
    ...denyList,
    [ENV.endedAssignmentsQueueUrl]: text,
    [ENV.maxReceiveCount]: count,
    [ENV.instanceArn]: text,
    [ENV.instanceRegion]: text,
    [ENV.identityStoreId]: text,
    [ENV.eventAccounts]: list,
    [ENV.workers]: count,
    ...naming,
  }),
  tell: v.object({
    ...revocations,
    [ENV.noticesQueueUrl]: text,
    [ENV.eventBus]: text,
    [ENV.maxReceiveCount]: count,
  }),
  unknownRoute: v.object({ [ENV.routes]: list }),
  /** Each function behind a route has these besides its own. Both are absent if API Gateway checks the scopes. */
  anyRoute: v.pipe(
    v.object({ [ENV.rolesClaim]: v.optional(text), [ENV.requiredRole]: v.optional(text) }),
    // With only one of them, nothing would be checked.
    v.check(
      (env) => (env[ENV.rolesClaim] === undefined) === (env[ENV.requiredRole] === undefined),
      `${ENV.rolesClaim} and ${ENV.requiredRole} go together`,
    ),
  ),
} as const;

/**
 * Parses the process environment once, at cold start.
 *
 * @throws Error naming the variables that are missing or malformed: the function must not start half configured.
 */
export function readEnvironment<S extends v.GenericSchema>(schema: S): v.InferOutput<S> {
  const result = v.safeParse(schema, process.env);
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
  throw new Error(`The function's environment is incomplete: ${faults.join('; ')}`);
}
