import { randomUUID } from 'node:crypto';
import type { BusEvent } from '../emulators/events/events.ts';
import { ACCOUNT_ID } from '../ground/account.ts';
import type { Clock } from '../ground/clock.ts';
import { createWaitingRoom } from '../ground/waiting-room.ts';
import type { Rule } from './event-rules.ts';

export interface SchedulesOptions {
  readonly rules: readonly Rule[];
  readonly clock: Clock;
  readonly region: string;
  readonly deliver: (rule: Rule, event: BusEvent) => Promise<void>;
}

export interface Schedules {
  /** Logical ids of the rules that have a schedule. */
  readonly logicalIds: readonly string[];
  /** Triggers a rule at once, and resolves when its targets have processed the event. @throws Error if the rule has no schedule */
  run(logicalId: string): Promise<void>;
}

type Planned = Rule & { readonly everyMillis: number };

/**
 * Triggers rules by the clock, for the first time one period from now. If the clock is set forward by several periods, each rule
 * is triggered once.
 */
export function startSchedules(options: SchedulesOptions): Schedules & { close(): void } {
  const planned = options.rules.filter((rule): rule is Planned => rule.everyMillis !== undefined);
  const closing = new AbortController();
  for (const rule of planned) follow(rule, options, closing.signal);
  return {
    logicalIds: planned.map(({ logicalId }) => logicalId),
    async run(logicalId) {
      const rule = planned.find((one) => one.logicalId === logicalId);
      if (!rule) throw new Error(`${logicalId} is not a schedule of this stack.`);
      await options.deliver(rule, scheduledEvent(rule, options));
    },
    close: () => closing.abort(),
  };
}

async function follow(rule: Planned, options: SchedulesOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options;
  let next = clock() + rule.everyMillis;
  const room = createWaitingRoom(clock, () => undefined);
  while (!signal.aborted) {
    await room.wait(next, signal);
    if (signal.aborted || clock() < next) continue;
    while (next <= clock()) next += rule.everyMillis;
    void options.deliver(rule, scheduledEvent(rule, options));
  }
}

function scheduledEvent({ arn }: Rule, { clock, region }: SchedulesOptions): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT_ID,
    time: `${new Date(clock()).toISOString().slice(0, 19)}Z`,
    region,
    resources: [arn],
    detail: {},
  };
}
