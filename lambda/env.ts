import * as v from 'valibot';

/** The environment contract: infra sets these names, the functions read them here and nowhere else. */
export const ENV = {
  tokenCacheTable: 'TOKEN_CACHE_TABLE',
  revocationsTable: 'REVOCATIONS_TABLE',
  portalRegion: 'PORTAL_REGION',
  maxRoleSessionSeconds: 'MAX_ROLE_SESSION_SECONDS',
  recordRetentionDays: 'RECORD_RETENTION_DAYS',
} as const;

/** Index of the token cache by session id; holds keys only. */
export const SESSION_INDEX = 'bySessionId';

const count = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d*$/, 'must be a whole number above zero'),
  v.transform(Number),
);
const text = v.pipe(v.string(), v.nonEmpty());

const tokenCache = v.object({ [ENV.tokenCacheTable]: text });
const revocations = v.object({ [ENV.revocationsTable]: text });

/** Shape of the environment each kind of function runs in. */
export const environments = {
  revoke: v.object({
    ...tokenCache.entries,
    ...revocations.entries,
    [ENV.portalRegion]: text,
    [ENV.maxRoleSessionSeconds]: count,
    [ENV.recordRetentionDays]: count,
  }),
  readRevocation: revocations,
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
