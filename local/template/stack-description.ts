import type { DescribedStack } from '../emulators/cloudformation/cloudformation.ts';
import type { DescribedRule } from '../emulators/events/events.ts';
import type { DescribedMapping } from '../emulators/lambda/lambda.ts';
import type { Assembly, Resource } from './assembly.ts';
import type { Resolver } from './intrinsics.ts';
import { resourcesOf } from './properties.ts';

/** Describes the stack as CloudFormation does. Leaves out outputs that the local run cannot resolve, such as those of a domain name. */
export function describeStack(assembly: Assembly, resolver: Resolver): DescribedStack {
  const { stackName, resources, outputs } = assembly;
  return {
    name: stackName,
    id: resolver.ref('AWS::StackId'),
    outputs: [...outputs].flatMap(([key, value]) => {
      const text = textOf(value, resolver);
      return text === undefined ? [] : [{ key, value: text }];
    }),
    resources: [...resources].map(([logicalId, resource]) => describe(logicalId, resource, resolver)),
  };
}

function textOf(value: unknown, resolver: Resolver): string | undefined {
  try {
    return resolver.text(value);
  } catch {
    return undefined;
  }
}

/** A resource whose `Ref` is unknown gets its logical id as its name, as most resources have here. */
function describe(logicalId: string, { Type: type }: Resource, resolver: Resolver) {
  const physicalId = resolver.canRef(logicalId) ? resolver.ref(logicalId) : logicalId;
  return { logicalId, physicalId, type };
}

/** Describes the template's event source mappings as Lambda does. */
export function describeMappings(assembly: Assembly, resolver: Resolver): DescribedMapping[] {
  const arns = new Map(
    resourcesOf(assembly, 'AWS::Lambda::Function').map(([id]) => [
      resolver.ref(id),
      resolver.attribute(id, 'Arn'),
    ]),
  );
  return resourcesOf(assembly, 'AWS::Lambda::EventSourceMapping').map(([id, { Properties }]) => {
    const { FunctionName, EventSourceArn, Enabled = true } = Properties;
    const functionName = resolver.text(FunctionName);
    return {
      id,
      queueArn: resolver.text(EventSourceArn),
      functionName,
      functionArn: arns.get(functionName) ?? functionName,
      isEnabled: Enabled !== false,
    };
  });
}

/** Describes the template's rules as EventBridge does. */
export function describeRulesOf(assembly: Assembly, resolver: Resolver): DescribedRule[] {
  return resourcesOf(assembly, 'AWS::Events::Rule').map(([id, { Properties }]) => ({
    name: resolver.ref(id),
    arn: resolver.attribute(id, 'Arn'),
    isEnabled: Properties.State !== 'DISABLED',
  }));
}
