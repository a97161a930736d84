import type { BusEvent } from '../emulators/events/events.ts';
import type { Faults } from '../emulators/ground/faults.ts';
import type { Output } from '../ground/output.ts';
import type { Rule, Target } from './event-rules.ts';

export interface EventBusOptions {
  readonly rules: readonly Rule[];
  readonly faults: Faults;
  /** Invokes a function asynchronously. It also resolves if the invocation fails. */
  readonly invoke: (functionId: string, event: unknown) => Promise<void>;
  readonly output: Output;
}

/** Delivers events to the targets of rules, as EventBridge does. */
export interface EventBus {
  /** Delivers the event to the targets of every matching rule of the bus. */
  put(bus: string, event: BusEvent): void;
  /** Delivers the event to the rule's targets, and resolves when they have processed it. */
  deliver(rule: Rule, event: BusEvent): Promise<void>;
}

export function createEventBus(options: EventBusOptions): EventBus {
  const deliver = async (rule: Rule, event: BusEvent) => {
    await Promise.all(rule.targets.map((target) => handOver(rule, target, event, options)));
  };
  return {
    deliver,
    put(bus, event) {
      for (const rule of options.rules)
        if (rule.bus === bus && rule.matches?.(event)) void deliver(rule, event);
    },
  };
}

async function handOver(
  rule: Rule,
  target: Target,
  event: BusEvent,
  options: EventBusOptions,
): Promise<void> {
  if (options.faults.next('delivery').fault !== 'none') giveUp(rule, target, event, options.output);
  else if ('queue' in target.to) target.to.queue.send(JSON.stringify(event), target.to.place);
  else await options.invoke(target.to.functionId, event);
}

/** EventBridge retries for a day. Here, a delivery that fails once has failed for good. */
function giveUp(rule: Rule, target: Target, event: BusEvent, output: Output): void {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const attributes = {
    RULE_ARN: text(rule.arn),
    TARGET_ARN: text(target.arn),
    ERROR_CODE: text('SDK_CLIENT_ERROR'),
    ERROR_MESSAGE: text('The local run was told to fail this delivery.'),
    EXHAUSTED_RETRY_CONDITION: text('MaximumRetryAttempts'),
    RETRY_ATTEMPTS: { DataType: 'Number', StringValue: '185' },
  };
  if (target.deadLetters) target.deadLetters.send(JSON.stringify(event), { attributes });
  else
    output(
      `${rule.logicalId}: event ${event.id} is lost: its delivery failed, and there is no dead-letter queue`,
    );
}
