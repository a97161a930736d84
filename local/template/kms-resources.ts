import type { KmsKeys } from '../emulators/kms/kms-keys.ts';
import type { Assembly } from './assembly.ts';
import type { Resolver } from './intrinsics.ts';
import { requireKnown, resourcesOf } from './properties.ts';

/** Creates the template's keys and aliases. @throws Error for a key that is not a symmetric one of AWS's making */
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
  for (const [id, { Properties }] of resourcesOf(assembly, 'AWS::KMS::Alias')) {
    requireKnown(id, Properties, { executed: ['AliasName', 'TargetKeyId'], leftOut: [] });
    const key = keys.find(resolver.text(Properties.TargetKeyId));
    if (!key) throw new Error(`${id}: its key is not of this stack.`);
    keys.addAlias(resolver.text(Properties.AliasName), key.keyId);
  }
}
