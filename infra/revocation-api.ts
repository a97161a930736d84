import { Names, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface RevocationApiProps {
  readonly authorizer: IHttpRouteAuthorizer;
  /** Requests per second, sustained and in a burst, over all callers together. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  readonly logRetention: RetentionDays;
  /** Answers whatever matches no route, so that such a caller gets a problem document too. */
  readonly catchAll: IFunction;
}

/** The HTTP API: every route authorized, throttled, and in the access log by who, what and status. */
export class RevocationApi extends Construct {
  readonly url: string;
  readonly #api: HttpApi;

  constructor(scope: Construct, id: string, props: RevocationApiProps) {
    super(scope, id);
    this.#api = new HttpApi(this, 'Api', {
      apiName: Names.uniqueResourceName(this, { maxLength: 64 }),
      createDefaultStage: false,
      defaultAuthorizer: props.authorizer,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      stageName: '$default',
      autoDeploy: true,
      throttle: props.throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLogs', {
            retention: props.logRetention,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
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
    this.url = stage.url;
    this.route('CatchAll', '$default', props.catchAll);
  }

  /**
   * Adds a route.
   *
   * @param routeKey - API Gateway notation, such as `GET /revocations/{revocationId}`, or `$default`.
   */
  route(id: string, routeKey: string, fn: IFunction): HttpRoute {
    return new HttpRoute(this, `${id}Route`, {
      httpApi: this.#api,
      routeKey: toRouteKey(routeKey),
      integration: new HttpLambdaIntegration(`${id}Integration`, fn),
    });
  }
}

function toRouteKey(routeKey: string): HttpRouteKey {
  if (routeKey === '$default') return HttpRouteKey.DEFAULT;
  const [method = '', path = ''] = routeKey.split(' ');
  return HttpRouteKey.with(path, HttpMethod[method as keyof typeof HttpMethod]);
}
