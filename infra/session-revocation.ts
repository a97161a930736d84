import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpRoute, IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { routes } from '../lambda/routes.ts';
import { RemovalEvents } from './removal-events.ts';
import { RevocationApi } from './revocation-api.ts';
import { RevocationQueue } from './revocation-queue.ts';
import { RevocationRecords } from './revocation-records.ts';
import { ServiceFunction } from './service-function.ts';
import { resolveProps, type SessionRevocationProps, type Settings } from './session-revocation-props.ts';
import { TokenCache } from './token-cache.ts';

const WORKER_TIMEOUT = Duration.minutes(1);
const SWEEP_TIMEOUT = Duration.minutes(5);

/**
 * Ends IAM Identity Center sessions: an HTTP API, the events of a person's removal, a queue and its workers, a sweep, the
 * token cache and the revocation records. Nothing in it has a physical name, so that several can live in one account.
 */
export class SessionRevocation extends Construct {
  /** Base URL of the HTTP API, with a trailing slash. */
  readonly apiUrl: string;
  readonly tokenCache: TokenCache;
  readonly records: RevocationRecords;
  readonly queue: RevocationQueue;
  readonly #settings: Settings;
  readonly #routes: Record<keyof typeof routes, HttpRoute>;

  constructor(scope: Construct, id: string, props: SessionRevocationProps = {}) {
    super(scope, id);
    this.#settings = resolveProps(props, Stack.of(this).region);
    this.tokenCache = new TokenCache(this, 'TokenCache');
    this.records = new RevocationRecords(this, 'Records', {
      retention: this.#settings.recordRetention,
      maxRoleSession: this.#settings.maxRoleSession,
    });
    this.queue = new RevocationQueue(this, 'Revocations', {
      workerTimeout: WORKER_TIMEOUT,
      workers: this.#settings.workers,
    });
    new RemovalEvents(this, 'Removals', { queue: this.queue.queue, ...this.#settings.events });
    this.#worker();
    this.#sweep();

    const api = new RevocationApi(this, 'Api', {
      authorizer: authorizer(props.jwt),
      throttle: this.#settings.throttle,
      logRetention: this.#settings.logRetention,
      catchAll: this.#function('UnknownRoute', 'unknown-route', 'Answers requests that match no route'),
    });
    this.apiUrl = api.url;
    this.#routes = {
      revoke: api.route('Revoke', routes.revoke, this.#revoke()),
      revokeEveryone: api.route('RevokeEveryone', routes.revokeEveryone, this.#revokeEveryone()),
      readRevocation: api.route('ReadRevocation', routes.readRevocation, this.#readRevocation()),
      listRevocations: api.route('ListRevocations', routes.listRevocations, this.#listRevocations()),
      registerSession: api.route('RegisterSession', routes.registerSession, this.#registerSession()),
      listSessions: api.route('ListSessions', routes.listSessions, this.#listSessions()),
    };
  }

  /** Lets an IAM principal end sessions, of one session or one user at a time. Not for an API with a JWT authorizer. */
  grantRevoke(grantee: IGrantable): void {
    this.#routes.revoke.grantInvoke(grantee);
  }

  /** Lets an IAM principal sign out everyone. Not for an API with a JWT authorizer. */
  grantRevokeEveryone(grantee: IGrantable): void {
    this.#routes.revokeEveryone.grantInvoke(grantee);
  }

  /** Lets an IAM principal read revocations. Not for an API with a JWT authorizer. */
  grantRead(grantee: IGrantable): void {
    this.#routes.readRevocation.grantInvoke(grantee);
    this.#routes.listRevocations.grantInvoke(grantee);
  }

  /** Lets an IAM principal register sessions. Not for an API with a JWT authorizer. */
  grantRegister(grantee: IGrantable): void {
    this.#routes.registerSession.grantInvoke(grantee);
  }

  #function(id: string, handler: string, description: string, timeout?: Duration): ServiceFunction {
    const { logRetention, retry } = this.#settings;
    return new ServiceFunction(this, id, {
      handler,
      description,
      logRetention,
      retry,
      ...(timeout && { timeout }),
    });
  }

  #revoke(): ServiceFunction {
    const fn = this.#function(
      'Revoke',
      'revoke',
      'Ends a session, or the few sessions of a user; queues many',
    );
    this.#signOut(fn);
    this.#logouts(fn);
    this.#directory(fn, ['GetUserId']);
    this.tokenCache.grantForget(fn);
    this.tokenCache.grantEndSessions(fn);
    this.records.grantRead(fn);
    this.records.grantRecord(fn);
    this.records.grantComplete(fn);
    this.queue.grantSend(fn);
    return fn;
  }

  #revokeEveryone(): ServiceFunction {
    const fn = this.#function(
      'RevokeEveryone',
      'revoke-everyone',
      'Records that everyone is to be signed out, and queues it',
    );
    this.tokenCache.grantNoteBegun(fn);
    this.records.grantRead(fn);
    this.records.grantRecord(fn);
    this.queue.grantSend(fn);
    return fn;
  }

  #readRevocation(): ServiceFunction {
    const fn = this.#function(
      'ReadRevocation',
      'read-revocation',
      'Answers what a revocation did and what may still live',
    );
    this.records.grantRead(fn);
    return fn;
  }

  #listRevocations(): ServiceFunction {
    const fn = this.#function(
      'ListRevocations',
      'list-revocations',
      "Answers a user's revocations, newest first",
    );
    this.records.grantReadByUser(fn);
    return fn;
  }

  #registerSession(): ServiceFunction {
    const fn = this.#function('RegisterSession', 'register-session', 'Holds a session, its tokens encrypted');
    fn.addEnvironment(ENV.portalSessionSeconds, String(this.#settings.portalSession.toSeconds()));
    this.#signOut(fn);
    this.#directory(fn, ['GetUserId']);
    this.tokenCache.grantRegister(fn);
    this.tokenCache.grantForget(fn);
    this.records.grantRead(fn);
    this.records.grantRecord(fn);
    this.queue.grantSend(fn);
    return fn;
  }

  #listSessions(): ServiceFunction {
    const fn = this.#function(
      'ListSessions',
      'list-sessions',
      'Answers which sessions are held of a user, without tokens',
    );
    this.tokenCache.grantList(fn);
    return fn;
  }

  #worker(): void {
    const fn = this.#function(
      'Worker',
      'work',
      'Ends the sessions that queued jobs and events ask for',
      WORKER_TIMEOUT,
    );
    fn.addEnvironment(ENV.ownEventSource, this.#settings.events.ownSource);
    this.#signOut(fn);
    this.#logouts(fn);
    this.#directory(fn, ['GetUserId', 'DescribeUser']);
    this.tokenCache.grantEndSessions(fn);
    this.tokenCache.grantScan(fn);
    this.records.grantRead(fn);
    this.records.grantRecord(fn);
    this.records.grantComplete(fn);
    this.queue.grantSend(fn);
    this.queue.feed(fn);
  }

  /** Only the identity store can tell who has left without an event; without one there is nothing to sweep with. */
  #sweep(): void {
    const { identityStoreId, sweep } = this.#settings;
    if (identityStoreId === undefined) return;
    const fn = this.#function(
      'Sweep',
      'sweep',
      'Finds users who left without an event, and stuck revocations',
      SWEEP_TIMEOUT,
    );
    fn.addEnvironment(ENV.directoryCallsPerSecond, String(sweep.directoryCallsPerSecond));
    this.#directory(fn, ['DescribeUser']);
    this.tokenCache.grantScan(fn);
    this.tokenCache.grantProgress(fn);
    this.queue.grantSend(fn);
    new Rule(this, 'SweepSchedule', {
      schedule: Schedule.rate(sweep.every),
      targets: [new LambdaFunction(fn)],
    });
  }

  #signOut(fn: ServiceFunction): void {
    fn.addEnvironment(ENV.portalRegion, this.#settings.portalRegion);
  }

  /** Each worker has its share of the rate, so that all of them together keep it. */
  #logouts(fn: ServiceFunction): void {
    const { logoutsPerSecond, logoutsAtOnce, workers } = this.#settings;
    fn.addEnvironment(ENV.logoutsPerSecond, String(logoutsPerSecond / workers));
    fn.addEnvironment(ENV.logoutsAtOnce, String(Math.max(1, Math.floor(logoutsAtOnce / workers))));
  }

  #directory(fn: ServiceFunction, actions: string[]): void {
    const { identityStoreId } = this.#settings;
    if (identityStoreId === undefined) return;
    const { partition, account } = Stack.of(this);
    fn.addEnvironment(ENV.identityStoreId, identityStoreId);
    fn.allow(
      actions.map((action) => `identitystore:${action}`),
      [
        `arn:${partition}:identitystore::${account}:identitystore/${identityStoreId}`,
        `arn:${partition}:identitystore:::user/*`,
      ],
    );
  }
}

function authorizer(jwt: SessionRevocationProps['jwt']): IHttpRouteAuthorizer {
  if (!jwt) return new HttpIamAuthorizer();
  return new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: jwt.audience });
}
