import { Token } from 'aws-cdk-lib';
import { type ApiDomainSettings, resolveApiDomain } from './api-domain.ts';
import { allRoutes, type RouteName, routeRules } from './route-rules.ts';

/**
 * Callers without AWS credentials call a second HTTP API with a JSON Web Token. It invokes the same functions. Each route
 * requires its own scope in the token: `revoke`, `revoke-everyone`, `register` (one's own session), `register-for-anyone`,
 * `read`, `lift`, `lift-everyone`, `restore-access`.
 */
export interface JwtProps {
  /** The issuer: an `https` address, exactly as in the tokens' `iss`, with or without a slash at its end. */
  readonly issuer: string;
  /** The audiences: a token counts if its `aud` is one of these, or its `client_id` if it has no `aud`. */
  readonly audience: readonly string[];
  /**
   * The claim with the caller's user name in IAM Identity Center, for people who register their own sessions.
   *
   * @default none: nobody can register their own session with a token; services can still register for others
   */
  readonly userNameClaim?: string;
  /**
   * The prefix of each scope in the tokens, such as `revocation/` for the resource server `revocation` of Amazon Cognito. A scope
   * with its prefix may have at most 64 characters.
   *
   * @default none
   */
  readonly scopePrefix?: string;
  /**
   * The claim that holds roles instead of scopes, such as `roles`: Microsoft Entra ID issues no scopes for client credentials.
   * The roles have the names of the scopes. The functions then check them, because API Gateway only reads `scope` and `scp`.
   *
   * @default none: API Gateway checks scopes
   */
  readonly rolesClaim?: string;
  /**
   * Your own domain name for the API for tokens. It must differ from that of the API for IAM. Needs `certificateArn`.
   *
   * @default none: this API has only the address that API Gateway gives it
   */
  readonly domainName?: string;
  /**
   * A certificate of AWS Certificate Manager for `domainName`, in the Region of the stack.
   *
   * @default none
   */
  readonly certificateArn?: string;
  /**
   * Set it to `true` for a stack that was deployed with `jwt` when there was only one API. That API remains the one for tokens and
   * keeps its address. The API for IAM is new: docs/deployment.md § From one API to two.
   *
   * @default false: the first API is for IAM, and the one for tokens is new
   */
  readonly keepsFirstApi?: boolean;
}

/** The properties of the API for tokens, with their defaults. */
export interface JwtSettings extends Pick<JwtProps, 'issuer' | 'audience'> {
  readonly userNameClaim: string | undefined;
  readonly rolesClaim: string | undefined;
  readonly keepsFirstApi: boolean;
  /** The scope that each route requires, with its prefix. */
  readonly scopes: Readonly<Record<RouteName, string>>;
  readonly domain: ApiDomainSettings | undefined;
}

/** API Gateway accepts no longer scope. */
const MAX_SCOPE_LENGTH = 64;

/**
 * @param isDomainTheOnlyOne - whether the addresses that API Gateway gives are disabled
 * @throws Error saying which value is expected
 */
export function resolveJwt(props: JwtProps, isDomainTheOnlyOne: boolean): JwtSettings {
  const { issuer, audience, userNameClaim, rolesClaim, scopePrefix = '', domainName, certificateArn } = props;
  if (!Token.isUnresolved(issuer) && !isIssuer(issuer)) {
    throw new Error(
      `jwt.issuer must be an https address without query and fragment, such as https://idp.example.com, not ${JSON.stringify(issuer)}.`,
    );
  }
  if (audience.length === 0 || audience.some((one) => one.trim() === '')) {
    throw new Error(
      'jwt.audience must name whom the tokens are for, with no empty entry: without it, a token for any other service counts.',
    );
  }
  requireClaim('userNameClaim', userNameClaim, 'preferred_username');
  requireClaim('rolesClaim', rolesClaim, 'roles');
  const domain = { domainName, certificateArn, disableExecuteApiEndpoint: isDomainTheOnlyOne };
  return {
    issuer,
    audience,
    userNameClaim,
    rolesClaim,
    keepsFirstApi: props.keepsFirstApi ?? false,
    scopes: scopesWith(scopePrefix),
    domain: resolveApiDomain(domain, 'jwt.'),
  };
}

function scopesWith(prefix: string): Record<RouteName, string> {
  // The characters of a scope: RFC 6749, section 3.3.
  const longest = Math.max(...Object.values(routeRules).map(({ scope }) => scope.length));
  const most = MAX_SCOPE_LENGTH - longest;
  if (!/^[\x21\x23-\x5b\x5d-\x7e]*$/.test(prefix) || prefix.length > most) {
    throw new Error(
      `jwt.scopePrefix must have ${most} characters at most, without spaces, quotes and backslashes, such as revocation/, not ${JSON.stringify(prefix)}.`,
    );
  }
  const names = Object.keys(allRoutes) as RouteName[];
  // Object.fromEntries loses the type of the keys.
  return Object.fromEntries(names.map((name) => [name, prefix + routeRules[name].scope])) as Record<
    RouteName,
    string
  >;
}

function requireClaim(property: string, claim: string | undefined, example: string): void {
  if (claim === undefined || /^\S+$/.test(claim)) return;
  throw new Error(
    `jwt.${property} must be the name of a claim, such as ${example}, not ${JSON.stringify(claim)}.`,
  );
}

function isIssuer(text: string): boolean {
  return /^https:\/\/[^\s?#@]+$/.test(text) && URL.canParse(text);
}
