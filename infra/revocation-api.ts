import { ArnFormat, Duration, Lazy, Names, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { routeKeys } from '../lambda/routes.ts';
import { alarmOnAny, told } from './alarm.ts';
import { ApiDomain, type ApiDomainSettings } from './api-domain.ts';
import type { DataEncryption } from './data-encryption.ts';
import { grantEffectively } from './effective-grant.ts';
import { authorizer, type JwtProps } from './jwt.ts';
import { allRoutes, type RouteName, routeRules } from './route-rules.ts';
import type { RouteThrottle, ThrottleSettings } from './throttle.ts';

export interface RevocationApiProps {
  /** None for IAM authorization. */
  readonly jwt: JwtProps | undefined;
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

/** The HTTP API: every route authorized, throttled by itself, and in the access log by who, what and status. */
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
      defaultAuthorizer: authorizer(props.jwt),
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
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.#accessLogs),
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            time: '$context.requestTime',
            caller: '$context.identity.userArn',
            subject: '$context.authorizer.claims.sub',
            sourceIp: '$context.identity.sourceIp',
            routeKey: '$context.routeKey',
            status: '$context.status',
            latencyMs: '$context.responseLatency',
            error: '$context.error.message',
            authorizerError: '$context.authorizer.error',
            integrationError: '$context.integrationErrorMessage',
          }),
        ),
      },
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
        meaning:
          'The API answered 500 or above. Whoever called may have asked to sign somebody out who left.',
        first: `aws logs tail ${this.#accessLogs.logGroupName} --since 1h --filter-pattern '{ $.status = 5* }'`,
        runbook: 'the-api-fails',
      }),
    );
  }

  /** Of all routes together. */
  get requests(): Metric {
    return this.#api.metricCount({ statistic: 'Sum' });
  }

  /** Adds a route, with its throttle and its scope; beside GET also HEAD, with a throttle of its own. */
  route(name: RouteName, fn: IFunction): HttpRoute {
    const { throttle, scope } = routeRules[name];
    const id = name.charAt(0).toUpperCase() + name.slice(1);
    const integration = new HttpLambdaIntegration(`${id}Integration`, fn);
    const add = (routeId: string, key: string) =>
      this.#add(routeId, key, integration, this.#props.throttle[throttle], this.#props.jwt ? [scope] : []);
    const [key, head] = routeKeys(allRoutes[name]);
    // The first route owns the integration: in a stack that is there already, its logical id must not change.
    const route = add(id, key);
    if (head) add(`${id}Head`, head);
    return route;
  }

  /**
   * Lets an IAM principal call a route, by HEAD too if it is a GET route. `HttpRoute.grantInvoke` leaves the stage open by a
   * `*`, which also matches slashes: the right to `GET /sessions` would hold for `PUT /users/GET/sessions`.
   *
   * @throws Error for an API with a JWT authorizer, and for a principal to which the CDK cannot add a policy
   */
  grantInvoke(name: RouteName, grantee: IGrantable): void {
    if (this.#props.jwt) {
      throw new Error(
        `Nothing can be granted to an IAM principal where jwt is set: give the caller a token with the scope ${routeRules[name].scope}.`,
      );
    }
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

function toRouteKey(routeKey: string): HttpRouteKey {
  if (routeKey === '$default') return HttpRouteKey.DEFAULT;
  const [method = '', path = ''] = routeKey.split(' ');
  return HttpRouteKey.with(path, HttpMethod[method as keyof typeof HttpMethod]);
}
