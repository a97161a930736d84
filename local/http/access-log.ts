import type { LogGroups } from '../emulators/logs/log-groups.ts';
import type { Assembly } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { resourcesOf } from '../template/properties.ts';

/** What the access log may contain about an answered request. */
export interface AccessValues {
  readonly requestId: string;
  readonly status: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly routeKey: string | undefined;
  readonly callerArn: string | undefined;
  readonly sourceIp: string | undefined;
}

export interface AccessLog {
  readonly group: string;
  lineOf(values: AccessValues): string;
}

/** Writes the access log of each API, by its id, into the group that its stage names. */
export function accessLogs(assembly: Assembly, resolver: Resolver, groups: Pick<LogGroups, 'write'>) {
  return (apiId: string) => {
    const log = describeAccessLog(assembly, resolver, apiId);
    return { logAccess: (values: AccessValues) => log && groups.write(log.group, log.lineOf(values)) };
  };
}

/** The access log of an API's stage; undefined if it has none. */
export function describeAccessLog(
  assembly: Assembly,
  resolver: Resolver,
  apiId: string,
): AccessLog | undefined {
  const stage = resourcesOf(assembly, 'AWS::ApiGatewayV2::Stage').find(
    ([, { Properties }]) => resolver.resolve(Properties.ApiId) === apiId,
  );
  const settings = stage?.[1].Properties.AccessLogSettings;
  if (settings === undefined) return undefined;
  const { DestinationArn, Format } = Object(resolver.resolve(settings));
  const [, group = ''] = /:log-group:([^:]+)/.exec(String(DestinationArn)) ?? [];
  return { group, lineOf: (values) => fill(String(Format), variables(values)) };
}

/** The variables of API Gateway that the local run knows. */
function variables(values: AccessValues): Readonly<Record<string, string | undefined>> {
  const { requestId, status, startedAt, routeKey, callerArn, sourceIp } = values;
  return {
    requestId,
    status: String(status),
    requestTime: new Date(startedAt).toUTCString(),
    responseLatency: String(Date.now() - startedAt),
    routeKey,
    'identity.userArn': callerArn,
    'identity.sourceIp': sourceIp,
  };
}

/** API Gateway writes a hyphen for an unknown value. */
function fill(format: string, known: Readonly<Record<string, string | undefined>>): string {
  return format.replace(/\$context\.([\w.]+)/g, (_, name: string) =>
    JSON.stringify(known[name] ?? '-').slice(1, -1),
  );
}
