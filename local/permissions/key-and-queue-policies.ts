import type { Assembly } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { resourcesOf } from '../template/properties.ts';
import type { Policy } from './role-policies.ts';
import { listOf } from './statements.ts';

/** Returns the resource policies of the template's keys and queues, by the ARN of the key or queue. */
export function keyAndQueuePolicies(assembly: Assembly, resolver: Resolver): Map<string, Policy> {
  const ofKeys = resourcesOf(assembly, 'AWS::KMS::Key').map(([id, { Properties }]): [string, Policy] => [
    resolver.attribute(id, 'Arn'),
    documentOf(resolver.resolve(Properties.KeyPolicy)),
  ]);
  const arns = new Map(
    resourcesOf(assembly, 'AWS::SQS::Queue').map(([id]) => [resolver.ref(id), resolver.attribute(id, 'Arn')]),
  );
  const ofQueues = resourcesOf(assembly, 'AWS::SQS::QueuePolicy').flatMap(([, { Properties }]) => {
    const { Queues, PolicyDocument } = Object(resolver.resolve(Properties));
    const document = documentOf(PolicyDocument);
    return listOf(Queues).map((url): [string, Policy] => [arns.get(String(url)) ?? String(url), document]);
  });
  return new Map([...ofKeys, ...ofQueues]);
}

/** The documents are the CDK's own output, so they are not validated. */
const documentOf = (document: unknown): Policy => ({ Statement: [], ...Object(document) });
