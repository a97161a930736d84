import type { Faults } from '../emulators/ground/faults.ts';
import type { Queues } from '../emulators/sqs/queues.ts';
import { asyncInvoker, describeRetries } from '../functions/async-invocations.ts';
import type { Clock } from '../ground/clock.ts';
import type { Output } from '../ground/output.ts';
import type { Assembly } from '../template/assembly.ts';
import type { Resolver } from '../template/intrinsics.ts';
import { createEventBus, type EventBus } from './event-bus.ts';
import { describeRules } from './event-rules.ts';
import { describeEventSources, type PollingOptions, startPolling } from './event-sources.ts';
import { type Schedules, startSchedules } from './schedules.ts';

export interface MessagingOptions {
  readonly assembly: Assembly;
  readonly resolver: Resolver;
  readonly queues: Queues;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly output: Output;
}

export interface RunningMessaging {
  readonly bus: EventBus;
  readonly schedules: Schedules;
  close(): void;
}

/**
 * Reads what invokes functions in the background: the template's rules, schedules, and queues as event sources.
 *
 * @throws Error for anything that the local run does not support; `start` throws none
 */
export function describeMessaging({ assembly, resolver, queues, faults, clock, output }: MessagingOptions) {
  const { region } = resolver;
  const rules = describeRules(assembly, resolver, queues);
  const sources = describeEventSources(assembly, resolver, queues);
  const retries = describeRetries(assembly, resolver);
  return {
    start(invoke: PollingOptions['invoke']): RunningMessaging {
      const bus = createEventBus({ rules, faults, output, invoke: asyncInvoker(invoke, retries, output) });
      const schedules = startSchedules({ rules, clock, region, deliver: bus.deliver });
      const polling = startPolling(sources, { region, invoke, output });
      const close = () => {
        polling.close();
        schedules.close();
      };
      return { bus, schedules, close };
    },
  };
}
