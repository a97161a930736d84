import type { SQSEvent } from 'aws-lambda';
import { adaptive } from '../../lambda/domain/adaptive-pace.ts';
import type { Deadline } from '../../lambda/domain/deadline.ts';
import { processMessage } from '../../lambda/domain/detect/process-message.ts';
import { Secret } from '../../lambda/domain/secret.ts';
import { paced } from '../../lambda/domain/sessions/paced-portal.ts';
import { eachMessage } from '../../lambda/shell/messages.ts';
import { createQueues } from '../../local/emulators/sqs/queues.ts';
import { hopsOf, nextHop } from '../../local/ground/lineage.ts';
import { describeEventSources, startPolling } from '../../local/messaging/event-sources.ts';
import { type Assembly, loadAssembly } from '../../local/template/assembly.ts';
import { createResolver } from '../../local/template/intrinsics.ts';
import { defineQueues } from '../../local/template/stack-queues.ts';
import { fakeWorld } from './fakes.ts';
import { limitedPortal } from './limited-portal.ts';
import { functionId } from './running-stack.ts';
import { assembly } from './synth.ts';
import { virtualTime } from './virtual-time.ts';

const REGION = 'us-east-1';
const BEGIN = Date.UTC(2026, 5, 1);
const AT_ONCE = 20;
const LATENCY_MILLIS = 20;

export interface Invocation {
  /** How often the worker was invoked in this chain, including this time. */
  hops: number;
  /** How many sessions it ended. */
  ended: number;
}

export interface VirtualWorkerOptions {
  logoutsPerSecond: number;
  /** Whether the portal answers. If not, it ends nothing. */
  portalAnswers?: boolean;
  /** By default, the worker's properties are those of the template. */
  changeWorker?: (properties: Record<string, unknown>) => Record<string, unknown>;
}

/**
 * The worker with the queues and event sources of the synthesized template, which the local run polls and whose hops it
 * counts. Everything else is in memory, and time passes by itself. So hours of a slow pace take seconds, with as many
 * invocations as in real time, however busy this computer is.
 */
export function startVirtualWorker({
  logoutsPerSecond,
  portalAnswers = true,
  changeWorker,
}: VirtualWorkerOptions) {
  const time = virtualTime();
  const clock = () => BEGIN + time.now();
  const timers = virtualTimeouts(time);
  const stack = changed(loadAssembly(assembly), functionId('Worker'), changeWorker);
  const resolver = createResolver(stack, REGION, 'http://localhost');
  const queues = createQueues(clock);
  const named = defineQueues(stack, resolver, queues);
  const queueOf = (part: string) => {
    const [, found] = Object.entries(named).find(([id]) => id.includes(part)) ?? [];
    const queue = queues.byArn(found?.arn ?? '');
    if (!queue) throw new Error(`The stack has no queue ${part}.`);
    return queue;
  };
  const removals = queueOf('RevocationsQueue');
  const { portal } = limitedPortal(time, () => portalAnswers, LATENCY_MILLIS);
  const world = {
    ...fakeWorld(),
    clock: () => new Date(clock()),
    opener: { open: async (_sealed: unknown, { sessionId }: { sessionId: string }) => tokensOf(sessionId) },
    portal: paced(
      portal,
      adaptive({ perSecond: logoutsPerSecond, maxPerSecond: logoutsPerSecond }, time),
      AT_ONCE,
    ),
    concurrency: AT_ONCE,
  };
  const invocations: Invocation[] = [];
  const lines: string[] = [];
  const timeout = Number(stack.resources.get(functionId('Worker'))?.Properties.Timeout) * 1000;
  let running = 0;

  async function invoke(id: string, event: unknown, trace?: string): Promise<unknown> {
    const own = nextHop(trace, id);
    const queue = {
      async send(jobs: object[]) {
        for (const job of jobs) removals.send(JSON.stringify(job), { trace: own });
      },
    };
    const work = eachMessage({
      maxReceiveCount: 12,
      queues: {
        [removals.settings.name]: {
          redelivery: { after: async (handle, seconds) => void removals.changeVisibility(handle, seconds) },
          process: (body, deadline, attempt) => processMessage({ ...world, queue }, body, deadline, attempt),
        },
      },
    });
    const endsAt = time.now() + timeout;
    const deadline: Deadline = {
      remainingMillis: () => endsAt - time.now(),
      signal: timers.timeout(timeout),
    };
    const before = world.cache.sessions.length;
    running += 1;
    try {
      return await work(event as SQSEvent, deadline);
    } finally {
      running -= 1;
      invocations.push({ hops: hopsOf(own, id), ended: before - world.cache.sessions.length });
    }
  }

  const sources = describeEventSources(stack, resolver, queues).filter(({ queue }) => queue === removals);
  const polling = startPolling(sources, { region: REGION, invoke, output: (line) => void lines.push(line) });
  return {
    world,
    invocations,
    lines,
    removals,
    deadLetters: queueOf('RevocationsDeadLetters'),
    /** Lets time pass until the condition holds. */
    async until(isSo: () => boolean, seconds: number) {
      const end = time.now() + seconds * 1000;
      while (!isSo()) {
        if (time.now() >= end) throw new Error(`Not within ${seconds} seconds of the worker's time.`);
        await time.run(time.now() + (running > 0 ? 1_000 : 10_000));
        // Pollers look at the clock every 20 real milliseconds.
        if (running === 0) await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    close() {
      polling.close();
      timers.restore();
    },
  };
}

const tokensOf = (sessionId: string) => ({ accessToken: new Secret(sessionId) });

/** Replaces `AbortSignal.timeout`, which the functions use for their time limits, with this virtual time. */
function virtualTimeouts(time: ReturnType<typeof virtualTime>) {
  const forever = new AbortController().signal;
  const timeout = (millis: number) => {
    const over = new AbortController();
    void time.sleep(millis, forever).then(() => over.abort(new DOMException('It is over.', 'TimeoutError')));
    return over.signal;
  };
  const spy = jest.spyOn(AbortSignal, 'timeout').mockImplementation(timeout);
  return { timeout, restore: () => spy.mockRestore() };
}

function changed(
  stack: Assembly,
  id: string,
  change: VirtualWorkerOptions['changeWorker'] = (properties) => properties,
): Assembly {
  const resources = new Map(stack.resources);
  const worker = resources.get(id);
  if (!worker) throw new Error('The stack has no worker.');
  resources.set(id, { ...worker, Properties: change(worker.Properties) });
  return { ...stack, resources };
}
