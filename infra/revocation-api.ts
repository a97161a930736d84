import { ArnFormat, Duration, Lazy, Names, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { routeKeys } from '../lambda/routes.ts';
import { accessLogTo } from './access-log.ts';
import { alarmOnAny, told } from './alarm.ts';
import { ApiDomain, type ApiDomainSettings } from './api-domain.ts';
import type { DataEncryption } from './data-encryption.ts';
import { grantEffectively } from './effective-grant.ts';
import type { JwtSettings } from './jwt.ts';
import { allRoutes, type RouteName, routeRules } from './route-rules.ts';
import type { ServiceFunction } from './service-function.ts';
import type { RouteThrottle, ThrottleSettings } from './throttle.ts';

export interface RevocationApiProps {
  /** The JSON Web Tokens that the API accepts; undefined for IAM authorization. */
  readonly jwt: JwtSettings | undefined;
  readonly throttle: ThrottleSettings;
  readonly logRetention: RetentionDays;
  /** The removal policy of the access log. */
  readonly removalPolicy: RemovalPolicy;
  /** The company's key for the access log; undefined for a key of AWS. */
  readonly encryption: DataEncryption | undefined;
  /** The API's own domain name; undefined if it has none. */
  readonly domain: ApiDomainSettings | undefined;
  /** Answers requests that match no route, so that their callers also get a problem document. */
  readonly catchAll: IFunction;
}

/** An HTTP API. Each route has authorization and its own throttle. The access log has each request's caller, route and status. */
export class RevocationApi extends Construct {
  readonly url: string;
  /** Undefined if the API has no domain name of its own. */
  readonly domain: ApiDomain | undefined;
  /** Holds a line for each request. */
  readonly #accessLogs: LogGroup;
  readonly #props: RevocationApiProps;
  readonly #api: HttpApi;
  readonly #stage: HttpStage;
  /** The throttle of each route key. */
  readonly #limits = new Map<string, RouteThrottle>();

  constructor(scope: Construct, id: string, props: RevocationApiProps) {
    super(scope, id);
    this.#props = props;
    this.#api = new HttpApi(this, 'Api', {
      apiName: Names.uniqueResourceName(this, { maxLength: 64 }),
      createDefaultStage: false,
      ...(props.domain?.isTheOnlyOne && { disableExecuteApiEndpoint: true }),
      defaultAuthorizer: authorizerOf(props.jwt),
    });
    this.#accessLogs = new LogGroup(this, 'AccessLogs', {
      retention: props.logRetention,
      removalPolicy: props.removalPolicy,
      ...(props.encryption && { encryptionKey: props.encryption.key }),
    });
    this.#stage = new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      stageName: '$default',
      autoDeploy: true,
      throttle: props.throttle.other,
      accessLogSettings: accessLogTo(this.#accessLogs),
    });
    // The stage's own URL ends in a slash, and API Gateway has no route for `//revocations`.
    this.url = props.domain ? `https://${props.domain.name}` : this.#api.apiEndpoint;
    this.domain = props.domain && new ApiDomain(this, 'Domain', props.domain, this.#api, this.#stage);
    this.#throttleRoutes();
    const catchAll = new HttpLambdaIntegration('CatchAllIntegration', props.catchAll);
    this.#add('CatchAll', '$default', catchAll, props.throttle.other);
    this.#alarmOnFailures();
  }

  #alarmOnFailures(): void {
    alarmOnAny(
      this,
      'Failures',
      this.#api.metricServerError({ statistic: 'Sum', period: Duration.minutes(5) }),
      told({
        meaning: `The API for ${this.callers} answered 500 or above. The caller may have asked to sign out somebody who left.`,
        first: `aws logs tail ${this.#accessLogs.logGroupName} --since 1h --filter-pattern '{ $.status = 5* }'`,
        runbook: 'the-api-fails',
      }),
    );
  }

  /** How the callers are authorized. Alarms and the dashboard show it. */
  get callers(): string {
    return this.#props.jwt ? 'JSON Web Tokens' : 'IAM';
  }

  /** The number of requests to all routes together. */
  get requests(): Metric {
    return this.#api.metricCount({ statistic: 'Sum' });
  }

  /** Adds a route with its throttle and its scope. For a GET route, it also adds a HEAD route, which has its own throttle. */
  route(name: RouteName, fn: ServiceFunction): HttpRoute {
    const { throttle } = routeRules[name];
    const id = name.charAt(0).toUpperCase() + name.slice(1);
    const integration = new HttpLambdaIntegration(`${id}Integration`, fn);
    const scopes = this.#restrict(name, fn);
    const add = (routeId: string, key: string) =>
      this.#add(routeId, key, integration, this.#props.throttle[throttle], scopes);
    const [key, head] = routeKeys(allRoutes[name]);
    // The first route owns the integration. Its logical id must not change in a deployed stack, so HEAD comes second.
    const route = add(id, key);
    if (head) add(`${id}Head`, head);
    return route;
  }

  /** @returns the scopes that API Gateway must require for the route; with `rolesClaim` none, because the function checks the role */
  #restrict(name: RouteName, fn: ServiceFunction): string[] {
    const { jwt } = this.#props;
    if (!jwt) return [];
    if (jwt.rolesClaim === undefined) return [jwt.scopes[name]];
    fn.addEnvironment(ENV.rolesClaim, jwt.rolesClaim);
    fn.addEnvironment(ENV.requiredRole, jwt.scopes[name]);
    return [];
  }

  /**
   * Lets an IAM principal call a route, and the HEAD route of a GET route. `HttpRoute.grantInvoke` would not do: it puts a `*`
   * in place of the stage, and `*` also matches slashes. The right to `GET /sessions` would include `PUT /users/GET/sessions`.
   *
   * @throws Error if the CDK cannot add a policy to the principal
   */
  grantInvoke(name: RouteName, grantee: IGrantable): void {
    const stack = Stack.of(this);
    const { parameterPattern = '*' } = routeRules[name];
    const resourceArns = routeKeys(allRoutes[name]).map((key) =>
      stack.formatArn({
        service: 'execute-api',
        resource: this.#api.apiId,
        resourceName: `$default/${key.replace(' ', '').replaceAll(/\{\w+\}/g, parameterPattern)}`,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    );
    grantEffectively({ grantee, actions: ['execute-api:Invoke'], resourceArns, account: stack.account });
  }

  /** @param routeKey - API Gateway notation, such as `GET /revocations/{revocationId}`, or `$default` */
  #add(
    id: string,
    routeKey: string,
    integration: HttpLambdaIntegration,
    limit: RouteThrottle,
    authorizationScopes: string[] = [],
  ): HttpRoute {
    const route = new HttpRoute(this, `${id}Route`, {
      httpApi: this.#api,
      routeKey: toRouteKey(routeKey),
      integration,
      authorizationScopes,
    });
    this.#limits.set(routeKey, limit);
    // API Gateway refuses a stage with settings for a route that is not there yet.
    this.#stage.node.addDependency(route);
    return route;
  }

  /** Sets the throttles in CloudFormation's properties: the CDK's stage has only one throttle for all routes. */
  #throttleRoutes(): void {
    const stage = this.#stage.node.defaultChild;
    if (!(stage instanceof CfnStage)) throw new Error('The stage of the CDK has changed: it is no CfnStage.');
    stage.routeSettings = Lazy.any({
      produce: () =>
        Object.fromEntries(
          [...this.#limits].map(([routeKey, { rateLimit, burstLimit }]) => [
            routeKey,
            { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit },
          ]),
        ),
    });
  }
}

function authorizerOf(jwt: JwtSettings | undefined) {
  if (!jwt) return new HttpIamAuthorizer();
  return new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: [...jwt.audience] });
}

function toRouteKey(routeKey: string): HttpRouteKey {
  if (routeKey === '$default') return HttpRouteKey.DEFAULT;
  const [method = '', path = ''] = routeKey.split(' ');
  return HttpRouteKey.with(path, HttpMethod[method as keyof typeof HttpMethod]);
}
