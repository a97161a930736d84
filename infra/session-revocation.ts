import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpRoute, IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { routes } from '../lambda/routes.ts';
import { RevocationApi } from './revocation-api.ts';
import { RevocationRecords } from './revocation-records.ts';
import { ServiceFunction } from './service-function.ts';
import { TokenCache } from './token-cache.ts';

export interface SessionRevocationProps {
  /**
   * Region of the IAM Identity Center instance: Logout works nowhere else. A request may name another one.
   *
   * @default the stack's region
   */
  readonly portalRegion?: string;
  /**
   * The longest session duration of any permission set; `roleSessions.mayContinueUntil` is reckoned with it.
   * IAM Identity Center allows 1 to 12 hours.
   *
   * @default 12 hours
   */
  readonly maxRoleSession?: Duration;
  /**
   * How long revocation records are kept; whole days.
   *
   * @default 400 days
   */
  readonly recordRetention?: Duration;
  /** @default one year */
  readonly logRetention?: RetentionDays;
  /**
   * Requests per second to the API, over all callers together.
   *
   * @default 20 sustained, 40 in a burst
   */
  readonly throttle?: { readonly rateLimit: number; readonly burstLimit: number };
  /**
   * How calls to AWS are retried; attempts count the first one.
   *
   * @default standard mode, 3 attempts
   */
  readonly retry?: { readonly mode: 'standard' | 'adaptive'; readonly maxAttempts: number };
  /**
   * Lets callers without AWS credentials in by a JSON Web Token instead.
   *
   * @default IAM authorization (SigV4)
   */
  readonly jwt?: { readonly issuer: string; readonly audience: string[] };
}

/**
 * Ends IAM Identity Center sessions: an HTTP API, its functions, the token cache and the revocation records.
 * Nothing in it has a physical name, so that several can live in one account.
 */
export class SessionRevocation extends Construct {
  /** Base URL of the HTTP API, with a trailing slash. */
  readonly apiUrl: string;
  readonly tokenCache: TokenCache;
  readonly records: RevocationRecords;
  readonly #routes: { revoke: HttpRoute; readRevocation: HttpRoute };

  constructor(scope: Construct, id: string, props: SessionRevocationProps = {}) {
    super(scope, id);
    const logRetention = props.logRetention ?? RetentionDays.ONE_YEAR;
    const maxRoleSession = props.maxRoleSession ?? Duration.hours(12);
    const retry = props.retry ?? { mode: 'standard', maxAttempts: 3 };
    requireBetween('maxRoleSession in hours', maxRoleSession.toHours({ integral: false }), 1, 12);
    requireBetween('retry.maxAttempts', retry.maxAttempts, 1, 10);

    this.tokenCache = new TokenCache(this, 'TokenCache');
    this.records = new RevocationRecords(this, 'Records', {
      retention: props.recordRetention ?? Duration.days(400),
    });

    const revoke = new ServiceFunction(this, 'Revoke', {
      handler: 'revoke',
      description: 'Ends a session by its access token, records it, deletes the cached copy',
      logRetention,
    });
    revoke.addEnvironment(ENV.portalRegion, props.portalRegion ?? Stack.of(this).region);
    revoke.addEnvironment(ENV.maxRoleSessionSeconds, String(maxRoleSession.toSeconds()));
    this.tokenCache.grantForget(revoke);
    this.records.grantRecord(revoke);

    const readRevocation = new ServiceFunction(this, 'ReadRevocation', {
      handler: 'read-revocation',
      description: 'Answers what a revocation did and what may still live',
      logRetention,
    });
    this.records.grantRead(readRevocation);

    // The SDK's own variables: they hold for every client in the function.
    for (const fn of [revoke, readRevocation]) {
      fn.addEnvironment('AWS_RETRY_MODE', retry.mode);
      fn.addEnvironment('AWS_MAX_ATTEMPTS', String(retry.maxAttempts));
    }

    const api = new RevocationApi(this, 'Api', {
      authorizer: authorizer(props.jwt),
      throttle: props.throttle ?? { rateLimit: 20, burstLimit: 40 },
      logRetention,
      catchAll: new ServiceFunction(this, 'UnknownRoute', {
        handler: 'unknown-route',
        description: 'Answers requests that match no route',
        logRetention,
      }),
    });
    this.apiUrl = api.url;
    this.#routes = {
      revoke: api.route('Revoke', routes.revoke, revoke),
      readRevocation: api.route('ReadRevocation', routes.readRevocation, readRevocation),
    };
  }

  /** Lets an IAM principal end sessions. Without effect on who else may; not for an API with a JWT authorizer. */
  grantRevoke(grantee: IGrantable): void {
    this.#routes.revoke.grantInvoke(grantee);
  }

  /** Lets an IAM principal read revocations. Not for an API with a JWT authorizer. */
  grantRead(grantee: IGrantable): void {
    this.#routes.readRevocation.grantInvoke(grantee);
  }
}

function authorizer(jwt: SessionRevocationProps['jwt']): IHttpRouteAuthorizer {
  if (!jwt) return new HttpIamAuthorizer();
  return new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: jwt.audience });
}

function requireBetween(what: string, value: number, lowest: number, highest: number): void {
  if (value >= lowest && value <= highest) return;
  throw new Error(`${what} must be between ${lowest} and ${highest}, not ${value}.`);
}
