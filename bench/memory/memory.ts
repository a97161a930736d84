import { holdSessions } from '../../test/support/held-rows.ts';
import { fastAssembly } from '../mass/fast-assembly.ts';
import { startMeasured } from '../measured/measured.ts';
import type { PeakMemory } from '../measured/protocol.ts';
import { removalMessage } from '../queue-events.ts';
import type { BenchContext, Section } from '../section.ts';
import { type BenchStack, startBenchStack } from '../stack.ts';

const SIZES = [1_000, 10_000];
/** The sessions of a user whose removal comes first. After it, all code is loaded, so only the sessions make the memory grow. */
const WARMING = 50;
/** Lambda's maximum. One invocation ends all sessions, so no new start frees memory. */
const TIMEOUT_SECONDS = 900;
const MB = 1024 * 1024;

/** Measures the memory that the worker needs to end the sessions of one user. */
export async function measureMemory(context: BenchContext): Promise<Section> {
  const assembly = await fastAssembly(context);
  const stack = await startBenchStack({ ...context, assembly });
  try {
    const measured: { sessions: number; memory: PeakMemory }[] = [];
    for (const sessions of SIZES) {
      context.progress(`  ${sessions} sessions`);
      const { rss, rssBefore } = await peakOf(stack, assembly, sessions, []);
      const { heap } = await peakOf(stack, assembly, sessions, ['--expose-gc']);
      measured.push({ sessions, memory: { rss, rssBefore, heap } });
    }
    return section(measured);
  } finally {
    await stack.close();
  }
}

/** Measures the peak in a process of its own. */
async function peakOf(
  stack: BenchStack,
  assembly: string,
  sessions: number,
  execArgv: readonly string[],
): Promise<PeakMemory> {
  const worker = await startMeasured(stack.runnable('work'), execArgv);
  try {
    await endAll(stack, assembly, WARMING, worker.invoke);
    return await endAll(stack, assembly, sessions, worker.invoke);
  } finally {
    worker.end();
  }
}

async function endAll(
  { running }: BenchStack,
  assembly: string,
  sessions: number,
  invoke: Awaited<ReturnType<typeof startMeasured>>['invoke'],
): Promise<PeakMemory> {
  const userName = `of-${sessions}-at-${Date.now()}@example.com`;
  const held = await holdSessions(running, Array<string>(sessions).fill(userName), assembly);
  const before = running.stack.emulator.requests.length;
  const { memory } = await invoke([removalMessage(running, held[0]?.userId ?? '')], TIMEOUT_SECONDS);
  const logouts = running.stack.emulator.requests
    .slice(before)
    .filter(({ operation }) => operation === 'logout');
  if (logouts.length !== sessions) throw new Error(`${logouts.length} of ${sessions} sessions were ended.`);
  return memory;
}

function section(measured: readonly { sessions: number; memory: PeakMemory }[]): Section {
  const rows = measured.map(({ sessions, memory: { rss, rssBefore, heap } }) => ({
    sessions,
    heap: heap / MB,
    rss: rss / MB,
    growth: (rss - rssBefore) / MB,
  }));
  const [first] = rows;
  return {
    title: 'Memory',
    tables: [
      {
        columns: [
          { key: 'sessions', title: 'sessions of one user' },
          { key: 'heapOver', title: 'peak heap, MB over the first row', decimals: 1 },
          { key: 'rssOver', title: 'peak RSS, MB over the first row', decimals: 1 },
          { key: 'heap', title: 'peak heap, MB', decimals: 1 },
          { key: 'rss', title: 'peak RSS, MB', decimals: 1 },
          { key: 'growth', title: 'RSS, MB over that before', decimals: 1 },
        ],
        rows: rows.map((row) => ({
          ...row,
          heapOver: row.heap - (first?.heap ?? Number.NaN),
          rssOver: row.rss - (first?.rss ?? Number.NaN),
        })),
      },
    ],
    notes: [
      'The worker, in a process of its own for each row, ends all sessions in one invocation. The portal answers at once.',
      'Heap is what was in use: collections were forced twice a second, in another run than the one that RSS is from. RSS also contains garbage that was not collected, because nothing needed its memory.',
    ],
  };
}
