import * as v from 'valibot';

/** The environment contract: infra sets these names, the functions read them here and nowhere else. */
export const ENV = {
  tokenCacheTable: 'TOKEN_CACHE_TABLE',
  tokenKey: 'TOKEN_KEY',
  revocationsTable: 'REVOCATIONS_TABLE',
  recordRetentionDays: 'RECORD_RETENTION_DAYS',
  queueUrl: 'QUEUE_URL',
  removalsQueueUrl: 'REMOVALS_QUEUE_URL',
  bulkQueueUrl: 'BULK_QUEUE_URL',
  reportsQueueUrl: 'REPORTS_QUEUE_URL',
  maxReceiveCount: 'MAX_RECEIVE_COUNT',
  portalRegion: 'PORTAL_REGION',
  portalRegions: 'PORTAL_REGIONS',
  portalSessionSeconds: 'PORTAL_SESSION_SECONDS',
  maxRoleSessionSeconds: 'MAX_ROLE_SESSION_SECONDS',
  maxSessionsPerUser: 'MAX_SESSIONS_PER_USER',
  userNameClaim: 'USER_NAME_CLAIM',
  registrarRole: 'REGISTRAR_ROLE',
  workers: 'WORKERS',
  logoutsPerSecond: 'LOGOUTS_PER_SECOND',
  logoutsAtOnce: 'LOGOUTS_AT_ONCE',
  identityStoreId: 'IDENTITY_STORE_ID',
  directoryCallsPerSecond: 'DIRECTORY_CALLS_PER_SECOND',
  ownEventSource: 'OWN_EVENT_SOURCE',
  denyListTable: 'DENY_LIST_TABLE',
  denyListQueueUrl: 'DENY_LIST_QUEUE_URL',
  denyPolicyIds: 'DENY_POLICY_IDS',
  denyPolicyCharacters: 'DENY_POLICY_CHARACTERS',
  denyPoliciesAdopted: 'DENY_POLICIES_ADOPTED',
  organizationsRole: 'ORGANIZATIONS_ROLE',
  routes: 'ROUTES',
} as const;

/** As Lambda names the function; elsewhere there is none. */
export const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'none';

/** Whoever wakes the reconciler within the same so many seconds wakes it once; its queue delivers later than that. */
export const WAKE_PERIOD_SECONDS = 2;

/** Of all messages that wake the reconciler: one group, so that one batch is under way at a time and the policies have one writer. */
export const WAKE_GROUP = 'deny-list';

/** Index of the token cache by session id; holds keys only. */
export const SESSION_INDEX = 'bySessionId';
/** Index of the revocations by user and time of request. */
export const USER_INDEX = 'byUser';

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
  [ENV.maxRoleSessionSeconds]: count,
};
const queue = { [ENV.queueUrl]: text };
const portal = { [ENV.portalRegion]: text };
const directory = { [ENV.identityStoreId]: v.optional(text) };
const denyList = { [ENV.denyListTable]: text, [ENV.denyListQueueUrl]: text };
/** Neither where the stack does not deny role sessions; one without the other is refused when it is wired. */
const denying = { [ENV.denyListTable]: v.optional(text), [ENV.denyListQueueUrl]: v.optional(text) };
const list = v.pipe(
  v.string(),
  v.transform((joined) => joined.split(',')),
  v.array(text),
);
const logouts = { ...portal, [ENV.logoutsPerSecond]: rate, [ENV.logoutsAtOnce]: count };

/** Shape of the environment each kind of function runs in. */
export const environments = {
  revoke: v.object({ ...tokens, ...recording, ...queue, ...logouts, ...directory, ...denying }),
  revokeEveryone: v.object({ ...tokenCache, ...recording, ...queue }),
  readRevocations: v.object(revocations),
  registerSession: v.object({
    ...tokens,
    ...recording,
    ...queue,
    ...portal,
    ...directory,
    [ENV.portalSessionSeconds]: count,
  }),
  listSessions: v.object(tokenCache),
  work: v.object({
    ...tokens,
    ...recording,
    ...queue,
    ...logouts,
    ...directory,
    ...denying,
    [ENV.maxReceiveCount]: count,
    [ENV.ownEventSource]: text,
  }),
  sweep: v.object({
    ...tokenCache,
    ...queue,
    ...directory,
    [ENV.directoryCallsPerSecond]: rate,
  }),
  liftDenial: v.object(denyList),
  reconcile: v.object({
    ...revocations,
    [ENV.denyListTable]: text,
    [ENV.denyPolicyIds]: list,
    [ENV.denyPolicyCharacters]: count,
    [ENV.denyPoliciesAdopted]: v.optional(v.literal('true')),
    [ENV.organizationsRole]: v.optional(text),
  }),
  unknownRoute: v.object({ [ENV.routes]: list }),
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
