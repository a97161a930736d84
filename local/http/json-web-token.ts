/** What a route with a JWT authorizer requires of a token. */
export interface TokenRule {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** The token needs one of these scopes. An empty list accepts any token. */
  readonly scopes: readonly string[];
}

/** What API Gateway tells a function about the token: docs/facts.md § Callers of the HTTP API. */
export interface TokenCaller {
  readonly claims: Readonly<Record<string, string>>;
  readonly scopes: readonly string[] | null;
}

/** How API Gateway refuses a token. */
export interface TokenRefusal {
  readonly status: 401 | 403;
  readonly reason: string;
}

/**
 * Checks a token as API Gateway does, except for its signature: `iss`, `aud` or else `client_id`, `exp`, `nbf`, `scope` or `scp`.
 *
 * @param authorization - the header
 * @param now - milliseconds since the epoch
 */
export function callerByToken(
  authorization: string | undefined,
  rule: TokenRule,
  now: number,
): { caller: TokenCaller } | { refusal: TokenRefusal } {
  const claims = claimsOf(authorization);
  const fault = claims ? faultIn(claims, rule, now / 1000) : 'there is no JSON Web Token';
  if (!claims || fault !== undefined) return { refusal: { status: 401, reason: fault ?? '' } };
  const scopes = [claims.scope, claims.scp].flatMap(words);
  if (rule.scopes.length > 0 && !rule.scopes.some((scope) => scopes.includes(scope))) {
    return { refusal: { status: 403, reason: `the token lacks the scope ${rule.scopes.join(', or ')}` } };
  }
  return { caller: { claims: asText(claims), scopes: rule.scopes.length > 0 ? scopes : null } };
}

/** Makes a token with these claims and without a signature. Only the local run accepts it. */
export function unsignedToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
}

type Claims = Readonly<Record<string, unknown>>;

function claimsOf(authorization = ''): Claims | undefined {
  const [, payload] = authorization.replace(/^Bearer /i, '').split('.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined;
  } catch {
    return undefined;
  }
}

function faultIn(claims: Claims, { issuer, audience }: TokenRule, seconds: number): string | undefined {
  if (claims.iss !== issuer) return 'iss is not the issuer of the authorizer';
  const isFor = [claims.aud ?? claims.client_id].flat();
  if (!isFor.some((one) => audience.includes(String(one)))) return 'neither aud nor client_id is an audience';
  if (typeof claims.exp !== 'number' || claims.exp <= seconds) return 'the token is expired';
  if (typeof claims.nbf === 'number' && claims.nbf > seconds) return 'the token is not valid yet';
  return undefined;
}

function words(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.map(String);
  return typeof claim === 'string' ? claim.split(' ') : [];
}

/** Makes all values text, as API Gateway does: an array becomes `[one two]`, an object becomes JSON, and null is left out. */
function asText(claims: Claims): Record<string, string> {
  const told = Object.entries(claims).filter(([, value]) => value !== null);
  return Object.fromEntries(
    told.map(([name, value]) => {
      if (Array.isArray(value)) return [name, `[${value.join(' ')}]`];
      return [name, typeof value === 'object' ? JSON.stringify(value) : String(value)];
    }),
  );
}
