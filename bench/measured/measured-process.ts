import { subscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { argv, cpuUsage, exit } from 'node:process';
import { pathToFileURL } from 'node:url';
import type { FromMeasured, Invocations, Measured, PeakMemory, ToMeasured } from './protocol.ts';

/** Runs one function alone in this process, so that the process's CPU and memory are the function's. */

type Handler = (event: unknown, context: unknown) => unknown;

const SAMPLE_MILLIS = 10;
/** The interval is long, because a garbage collection takes tens of milliseconds. */
const COLLECT_MILLIS = 500;

let calls = 0;
subscribe('http.client.request.start', () => {
  calls += 1;
});

const post = (message: FromMeasured) => void process.send?.(message);

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = cpuUsage(before);
  return (user + system) / 1000;
}

/** Loads a handler as Lambda's runtime does. */
async function load({ directory, handler }: Measured): Promise<Handler> {
  const [file = '', name = ''] = handler.split('.');
  const paths = ['.js', '.mjs'].map((ending) => join(directory, file + ending));
  const module = await import(pathToFileURL(paths.find((path) => existsSync(path)) ?? '').href);
  const found: unknown = module[name] ?? module.default?.[name];
  if (typeof found !== 'function') throw new Error(`${handler} in ${directory} is no function.`);
  return (event, context) => found(event, context);
}

async function invokeAll(
  handler: Handler,
  { context }: Measured,
  { events, timeoutSeconds }: ToMeasured,
): Promise<Invocations> {
  const millis: number[] = [];
  const results: unknown[] = [];
  const memory = watchMemory();
  const callsBefore = calls;
  const cpu = cpuUsage();
  for (const event of events) {
    const started = performance.now();
    const deadline = started + timeoutSeconds * 1000;
    const getRemainingTimeInMillis = () => Math.max(0, deadline - performance.now());
    results.push(
      await handler(event, {
        ...context,
        awsRequestId: `request-${results.length}`,
        getRemainingTimeInMillis,
      }),
    );
    millis.push(performance.now() - started);
  }
  const cpuMillis = cpuSince(cpu);
  return { millis, cpuMillis, calls: calls - callsBefore, results, memory: memory.stop() };
}

function watchMemory(): { stop(): PeakMemory } {
  const { gc: collect } = globalThis;
  const rssBefore = process.memoryUsage.rss();
  let [rss, heap] = [rssBefore, 0];
  const sampleRss = () => {
    rss = Math.max(rss, process.memoryUsage.rss());
  };
  const sampleHeap = () => {
    collect?.();
    heap = collect ? Math.max(heap, process.memoryUsage().heapUsed) : 0;
  };
  const timers = [setInterval(sampleRss, SAMPLE_MILLIS), setInterval(sampleHeap, COLLECT_MILLIS)];
  return {
    stop() {
      for (const timer of timers) clearInterval(timer);
      sampleRss();
      sampleHeap();
      return { rssBefore, rss, heap };
    },
  };
}

async function run(measured: Measured): Promise<void> {
  const fail = (error: unknown) => post({ kind: 'failed', message: String(Object(error).stack ?? error) });
  try {
    const [started, cpu] = [performance.now(), cpuUsage()];
    const handler = await load(measured);
    const loaded = { millis: performance.now() - started, cpuMillis: cpuSince(cpu) };
    process.on('message', (message: ToMeasured) => {
      invokeAll(handler, measured, message).then(
        (invocations) => post({ kind: 'invoked', invocations }),
        fail,
      );
    });
    post({ kind: 'loaded', loaded });
  } catch (error) {
    fail(error);
  }
}

// Without this line, nothing would end this process after the bench has ended.
process.on('disconnect', () => exit());
run(JSON.parse(argv[2] ?? '') as Measured);
