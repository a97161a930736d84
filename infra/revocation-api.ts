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
  /** Who gets in by a JSON Web Token; absent for IAM authorization. */
  readonly jwt: JwtSettings | undefined;
  readonly throttle: ThrottleSettings;
  readonly logRetention: RetentionDays;
  /** Of the access log. */
  readonly removalPolicy: RemovalPolicy;
  /** Of the access log; absent for a key of AWS. */
  readonly encryption: DataEncryption | undefined;
  /** A name of its own in DNS; none where absent. */
  readonly domain: ApiDomainSettings | undefined;
  /** Answers whatever matches no route, so that such a caller gets a problem document too. */
  readonly catchAll: IFunction;
}

/** An HTTP API: every route authorized, throttled by itself, and in the access log by who, what and status. */
export class RevocationApi extends Construct {
  readonly url: string;
  /** Absent where it has no name of its own. */
  readonly domain: ApiDomain | undefined;
  /** A line for each request. */
  readonly #accessLogs: LogGroup;
  readonly #props: RevocationApiProps;
  readonly #api: HttpApi;
  readonly #stage: HttpStage;
  /** By route key. */
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
    // That of the stage ends in a slash, and API Gateway has no route for `//revocations`.
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
        meaning: `The API for ${this.callers} answered 500 or above. Whoever called may have asked to sign somebody out who left.`,
        first: `aws logs tail ${this.#accessLogs.logGroupName} --since 1h --filter-pattern '{ $.status = 5* }'`,
        runbook: 'the-api-fails',
      }),
    );
  }

  /** By what its callers get in. */
  get callers(): string {
    return this.#props.jwt ? 'JSON Web Tokens' : 'IAM';
  }

  /** Of all routes together. */
  get requests(): Metric {
    return this.#api.metricCount({ statistic: 'Sum' });
  }

  /** Adds a route, with its throttle and its scope; beside GET also HEAD, with a throttle of its own. */
  route(name: RouteName, fn: ServiceFunction): HttpRoute {
    const { throttle } = routeRules[name];
    const id = name.charAt(0).toUpperCase() + name.slice(1);
    const integration = new HttpLambdaIntegration(`${id}Integration`, fn);
    const scopes = this.#restrict(name, fn);
    const add = (routeId: string, key: string) =>
      this.#add(routeId, key, integration, this.#props.throttle[throttle], scopes);
    const [key, head] = routeKeys(allRoutes[name]);
    // The first route owns the integration: in a stack that is there already, its logical id must not change.
    const route = add(id, key);
    if (head) add(`${id}Head`, head);
    return route;
  }

  /** @returns the scopes that API Gateway has to want for the route; without any, the function wants the role */
  #restrict(name: RouteName, fn: ServiceFunction): string[] {
    const { jwt } = this.#props;
    if (!jwt) return [];
    if (jwt.rolesClaim === undefined) return [jwt.scopes[name]];
    fn.addEnvironment(ENV.rolesClaim, jwt.rolesClaim);
    fn.addEnvironment(ENV.requiredRole, jwt.scopes[name]);
    return [];
  }

  /**
   * Lets an IAM principal call a route, by HEAD too if it is a GET route. `HttpRoute.grantInvoke` leaves the stage open by a
   * `*`, which also matches slashes: the right to `GET /sessions` would hold for `PUT /users/GET/sessions`.
   *
   * @throws Error for a principal to which the CDK cannot add a policy
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

  /** The CDK's stage has one throttle for all routes alike; CloudFormation's has one for each. */
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
