import type { HttpRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { accessRoutes, denyListRoutes, routeKeys, routes } from '../lambda/routes.ts';
import type { AccessRemoval } from './access-removal.ts';
import type { ApiDomainSettings } from './api-domain.ts';
import { ApiFunctions } from './api-functions.ts';
import type { Parts } from './function-group.ts';
import type { JwtSettings } from './jwt.ts';
import { RevocationApi } from './revocation-api.ts';
import type { RouteName } from './route-rules.ts';
import type { ServiceFunction } from './service-function.ts';

export interface ServedApisProps {
  /** Undefined without `removeAccess`. */
  readonly accessRemoval: AccessRemoval | undefined;
  /** Name of the role by which people of other accounts register; undefined if there is none. */
  readonly registrarRole: string | undefined;
}

/**
 * The HTTP APIs: one with IAM authorization and, if `jwt` is set, one for JSON Web Tokens. Both have the same routes and
 * functions. One API would not do: a route has only one authorizer, and no authorizer accepts both kinds of callers.
 */
export class ServedApis {
  readonly iam: RevocationApi;
  /** Undefined unless `jwt` is set. */
  readonly jwt: RevocationApi | undefined;
  readonly #scope: Construct;
  readonly #parts: Parts;

  constructor(scope: Construct, parts: Parts, props: ServedApisProps) {
    this.#scope = scope;
    this.#parts = parts;
    const made = new ApiFunctions(scope, parts);
    const functions = this.#functions(made, props);
    const { jwt, deployment } = parts.settings;
    const served = {
      ...routes,
      ...(parts.denyList && denyListRoutes),
      ...(props.accessRemoval && accessRoutes),
    };
    const catchAll = made.unknownRoute(Object.values(served).flatMap(routeKeys));
    const of = (id: string, settings: JwtSettings | undefined) =>
      this.#serve(id, settings, settings ? settings.domain : deployment.apiDomain, catchAll, functions);
    // The id `Api` belongs to the first API of a deployed stack. With another id, CloudFormation would replace that API.
    this.iam = of(jwt?.keepsFirstApi ? 'IamApi' : 'Api', undefined);
    this.jwt = jwt && of(jwt.keepsFirstApi ? 'Api' : 'JwtApi', jwt);
  }

  get all(): RevocationApi[] {
    return this.jwt ? [this.iam, this.jwt] : [this.iam];
  }

  /** Creates the function of each route that the stack has. */
  #functions(
    functions: ApiFunctions,
    { accessRemoval, registrarRole }: ServedApisProps,
  ): Map<RouteName, ServiceFunction> {
    const { denyList } = this.#parts;
    const always: Record<keyof typeof routes, ServiceFunction> = {
      revoke: functions.revoke(),
      revokeEveryone: functions.revokeEveryone(),
      readRevocation: functions.readRevocation(),
      listRevocations: functions.listRevocations(),
      registerOwnSession: functions.registerOwnSession(registrarRole),
      registerSession: functions.registerSession(),
      listSessions: functions.listSessions(),
    };
    const byRoute: Partial<Record<RouteName, ServiceFunction>> = {
      ...always,
      ...(denyList && {
        liftDenial: functions.liftDenial(denyList),
        liftEveryone: functions.liftEveryone(denyList),
      }),
      ...(accessRemoval && { restoreAccess: accessRemoval.restore() }),
    };
    // Object.entries loses the type of the keys.
    return new Map(Object.entries(byRoute) as [RouteName, ServiceFunction][]);
  }

  #serve(
    id: string,
    jwt: JwtSettings | undefined,
    domain: ApiDomainSettings | undefined,
    catchAll: ServiceFunction,
    functions: Map<RouteName, ServiceFunction>,
  ): RevocationApi {
    const { settings, encryption } = this.#parts;
    const api = new RevocationApi(this.#scope, id, {
      jwt,
      throttle: settings.throttle,
      logRetention: settings.logRetention,
      removalPolicy: settings.deployment.kept.removalPolicy,
      encryption,
      domain,
      catchAll,
    });
    const added = new Map<RouteName, HttpRoute>();
    for (const [name, fn] of functions) added.set(name, api.route(name, fn));
    // In stacks of an older version, `PUT /sessions` is the key of `registerSession`. An update must free the key before it is used again.
    const before = added.get('registerSession');
    if (before) added.get('registerOwnSession')?.node.addDependency(before);
    return api;
  }
}
