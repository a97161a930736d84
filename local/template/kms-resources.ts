import type { KmsKeys } from '../emulators/kms/kms-keys.ts';
import type { Assembly } from './assembly.ts';
import type { Resolver } from './intrinsics.ts';
import { requireKnown, resourcesOf } from './properties.ts';

/** Creates the template's keys. @throws Error for a key that is not symmetric, or whose key material AWS does not create */
export function createKeys(assembly: Assembly, resolver: Resolver, keys: KmsKeys): void {
  for (const [id, { Properties }] of resourcesOf(assembly, 'AWS::KMS::Key')) {
    const leftOut = [
      'Description',
      'EnableKeyRotation',
      'KeyPolicy',
      'PendingWindowInDays',
      'RotationPeriodInDays',
      'Tags',
    ];
    requireKnown(id, Properties, { executed: [], leftOut });
    keys.create({ keyId: resolver.ref(id), arn: resolver.attribute(id, 'Arn') });
  }
}
