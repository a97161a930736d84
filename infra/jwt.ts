import { Token } from 'aws-cdk-lib';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';

/**
 * Callers without AWS credentials get in by a JSON Web Token instead. Each route wants a scope of its own in the token:
 * `revoke`, `revoke-everyone`, `register` (one's own session), `register-for-anyone`, `read`, `lift`.
 */
export interface JwtProps {
  /** The issuer: an `https` address, exactly as in the tokens' `iss`, with or without a slash at its end. */
  readonly issuer: string;
  /** The audiences: a token counts if its `aud` is one of these, or its `client_id` if it has no `aud`. */
  readonly audience: readonly string[];
  /**
   * The claim with the caller's user name in IAM Identity Center, for people who register their own sessions.
   *
   * @default none: nobody can register their own session, only services for others
   */
  readonly userNameClaim?: string;
}

/** @throws Error saying what to give instead */
export function requireJwt({ issuer, audience, userNameClaim }: JwtProps): void {
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
  if (userNameClaim !== undefined && !/^\S+$/.test(userNameClaim)) {
    throw new Error(
      `jwt.userNameClaim must be the name of a claim, such as preferred_username, not ${JSON.stringify(userNameClaim)}.`,
    );
  }
}

function isIssuer(text: string): boolean {
  return /^https:\/\/[^\s?#@]+$/.test(text) && URL.canParse(text);
}

/** @param jwt - none for IAM authorization */
export function authorizer(jwt: JwtProps | undefined): IHttpRouteAuthorizer {
  if (!jwt) return new HttpIamAuthorizer();
  return new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: [...jwt.audience] });
}
