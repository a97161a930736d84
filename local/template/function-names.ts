import type { Assembly } from './assembly.ts';
import type { Resolver } from './intrinsics.ts';
import { resourcesOf } from './properties.ts';

/** Returns the logical ids of the template's functions, by their names and by their ARNs. */
export function functionIds(assembly: Assembly, resolver: Resolver): ReadonlyMap<string, string> {
  return new Map(
    resourcesOf(assembly, 'AWS::Lambda::Function').flatMap(([id]): [string, string][] => [
      [resolver.ref(id), id],
      [resolver.attribute(id, 'Arn'), id],
    ]),
  );
}
