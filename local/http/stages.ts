import type { Assembly, Resource } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { type KnownProperties, requireKnown, resourcesOf } from '../template/properties.ts';

const STAGE: KnownProperties = {
  executed: ['AccessLogSettings', 'ApiId', 'StageName'],
  // The local run does not throttle.
  leftOut: ['AutoDeploy', 'DefaultRouteSettings', 'RouteSettings', 'Tags'],
};

const SETTINGS: KnownProperties = {
  executed: [],
  leftOut: ['DetailedMetricsEnabled', 'ThrottlingBurstLimit', 'ThrottlingRateLimit'],
};

/**
 * @throws Error for a stage with a path, or with settings for a route that it does not depend on. If such a route does not exist
 * yet, API Gateway refuses the stage
 */
export function requireStages(assembly: Assembly, resolver: Resolver): void {
  const routes = resourcesOf(assembly, 'AWS::ApiGatewayV2::Route').map(([id, { Properties }]) => ({
    id,
    key: resolver.text(Properties.RouteKey),
    apiId: resolver.text(Properties.ApiId),
  }));
  for (const [id, stage] of resourcesOf(assembly, 'AWS::ApiGatewayV2::Stage')) {
    requireKnown(id, stage.Properties, STAGE);
    const { ApiId, StageName, DefaultRouteSettings = {}, RouteSettings = {} } = stage.Properties;
    if (StageName !== '$default') throw new Error(`${id}: the local run has the $default stage only.`);
    requireKnown(id, Object(DefaultRouteSettings), SETTINGS);
    const own = routes.filter(({ apiId }) => apiId === resolver.text(ApiId));
    for (const [key, settings] of Object.entries(Object(RouteSettings))) {
      requireKnown(`${id}, ${key}`, Object(settings), SETTINGS);
      requireRoute(id, stage, key, own.find((route) => route.key === key)?.id);
    }
  }
}

function requireRoute(
  id: string,
  { DependsOn = [] }: Resource,
  key: string,
  route: string | undefined,
): void {
  if (!route) throw new Error(`${id}: RouteSettings names ${key}, which is no route of this API.`);
  if ([DependsOn].flat().includes(route)) return;
  throw new Error(`${id}: RouteSettings names ${key}, so the stage needs a DependsOn for ${route}.`);
}
