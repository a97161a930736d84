import { busName } from '../emulators/events/events.ts';
import type { Queue } from '../emulators/sqs/queue.ts';
import type { Queues } from '../emulators/sqs/queues.ts';
import { createPermissions, type Permissions } from '../permissions/resource-policies.ts';
import type { Assembly } from '../template/assembly.ts';
import { functionIds } from '../template/function-names.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { type KnownProperties, requireKnown, resourcesOf } from '../template/properties.ts';
import { compilePattern } from './event-pattern.ts';
import { parseRate } from './rate.ts';

/** An enabled rule. */
export interface Rule {
  readonly logicalId: string;
  readonly arn: string;
  readonly bus: string;
  /** Undefined if the rule only has a schedule. */
  readonly matches?: (event: unknown) => boolean;
  readonly everyMillis?: number;
  readonly targets: readonly Target[];
}

export interface QueueTarget {
  readonly queue: Queue;
  /** The message group of the events, for a FIFO queue. */
  readonly place?: { readonly groupId: string };
}

export interface Target {
  readonly arn: string;
  readonly to: QueueTarget | { readonly functionId: string };
  readonly deadLetters?: Queue;
}

const RULE: KnownProperties = {
  executed: ['EventBusName', 'EventPattern', 'ScheduleExpression', 'State', 'Targets'],
  leftOut: ['Description', 'RoleArn', 'Tags'],
};

const TARGET: KnownProperties = {
  executed: ['Arn', 'DeadLetterConfig', 'Id', 'SqsParameters'],
  // A delivery that fails here is not retried.
  leftOut: ['RetryPolicy', 'RoleArn'],
};

const SERVICE = 'events.amazonaws.com';

interface Surroundings {
  readonly resolver: Resolver;
  readonly queues: Queues;
  readonly functions: ReadonlyMap<string, string>;
  readonly permissions: Permissions;
}

/**
 * Reads the template's enabled EventBridge rules.
 *
 * @throws Error for a pattern, schedule or target that the local run does not support. Also for a target or dead-letter queue
 * that EventBridge may not use: a deployed stack would lose every event there
 */
export function describeRules(assembly: Assembly, resolver: Resolver, queues: Queues): Rule[] {
  const functions = functionIds(assembly, resolver);
  const permissions = createPermissions(assembly, resolver);
  const surroundings = { resolver, queues, functions, permissions };
  return resourcesOf(assembly, 'AWS::Events::Rule').flatMap(([id, { Properties }]) => {
    requireKnown(id, Properties, RULE);
    const properties = Object(resolver.resolve(Properties));
    return properties.State === 'DISABLED' ? [] : [ruleOf(id, properties, surroundings)];
  });
}

function ruleOf(logicalId: string, properties: Record<string, unknown>, surroundings: Surroundings): Rule {
  const arn = surroundings.resolver.attribute(logicalId, 'Arn');
  const { EventPattern, ScheduleExpression, EventBusName = 'default', Targets = [] } = properties;
  if (EventPattern === undefined && ScheduleExpression === undefined)
    throw new Error(`${logicalId}: a rule needs an EventPattern or a ScheduleExpression.`);
  if (!Array.isArray(Targets)) throw new Error(`${logicalId}: Targets must be a list.`);
  return {
    logicalId,
    arn,
    bus: busName(String(EventBusName)),
    ...(EventPattern !== undefined && { matches: within(logicalId, () => compilePattern(EventPattern)) }),
    ...(ScheduleExpression !== undefined && {
      everyMillis: within(logicalId, () => parseRate(String(ScheduleExpression))),
    }),
    targets: Targets.map((target) => targetOf(logicalId, arn, Object(target), surroundings)),
  };
}

function targetOf(
  id: string,
  ruleArn: string,
  target: Record<string, unknown>,
  surroundings: Surroundings,
): Target {
  const { queues, functions, permissions } = surroundings;
  requireKnown(`${id}, a target`, target, TARGET);
  const { Arn, DeadLetterConfig } = target;
  const arn = String(Arn);
  const queueAt = (queueArn: string) => {
    const queue = queues.byArn(queueArn);
    if (queue && !permissions.maySend(SERVICE, queueArn, ruleArn))
      throw new Error(`${id}: no AWS::SQS::QueuePolicy lets EventBridge send to ${queue.settings.name}.`);
    return queue;
  };
  const [queue, functionId] = [queueAt(arn), functions.get(arn)];
  if (functionId && !permissions.mayInvoke(SERVICE, functionId, ruleArn))
    throw new Error(`${id}: no AWS::Lambda::Permission lets EventBridge invoke ${functionId}.`);
  const to = queue ? queueTarget(id, queue, target) : functionId ? { functionId } : undefined;
  if (!to) throw new Error(`${id}: its target ${arn} is neither a queue nor a function of this stack.`);
  const deadLetterArn: unknown = Object(DeadLetterConfig).Arn;
  const deadLetters = deadLetterArn === undefined ? undefined : queueAt(String(deadLetterArn));
  if (deadLetterArn !== undefined && !deadLetters)
    throw new Error(`${id}: its dead-letter queue ${String(deadLetterArn)} is not a queue of this stack.`);
  if (deadLetters?.settings.fifo) throw new Error(`${id}: its dead-letter queue has to be a standard queue.`);
  return {
    arn,
    to,
    ...(deadLetters && { deadLetters }),
  };
}

/** @throws Error for a target that EventBridge would refuse, or where it would lose every event */
function queueTarget(id: string, queue: Queue, { SqsParameters }: Record<string, unknown>): QueueTarget {
  const { name, fifo } = queue.settings;
  const { MessageGroupId: groupId } = Object(SqsParameters);
  if (!fifo && SqsParameters === undefined) return { queue };
  if (!fifo)
    throw new Error(`${id}: the local run supports SqsParameters of FIFO queues only, and ${name} is none.`);
  if (typeof groupId !== 'string') throw new Error(`${id}: ${name} needs a MessageGroupId in SqsParameters.`);
  if (fifo.contentBasedDeduplication) return { queue, place: { groupId } };
  throw new Error(`${id}: ${name} needs ContentBasedDeduplication to be the target of a rule.`);
}

function within<T>(logicalId: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`${logicalId}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
