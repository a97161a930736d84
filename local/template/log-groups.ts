import type { LogGroups } from '../emulators/logs/log-groups.ts';
import type { Assembly } from './assembly.ts';
import type { Resolver } from './intrinsics.ts';
import { resourcesOf } from './properties.ts';

/** Creates the template's log groups. Their retention is not emulated. */
export function createStackLogs(assembly: Assembly, resolver: Resolver, groups: LogGroups): void {
  for (const [id] of resourcesOf(assembly, 'AWS::Logs::LogGroup')) groups.create(resolver.ref(id));
}
