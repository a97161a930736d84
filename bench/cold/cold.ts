import { type BenchContext, type Column, median, type Section, type Table } from '../section.ts';
import { startBenchStack } from '../stack.ts';
import { type ColdStart, coldStart } from './cold-start.ts';
import { BARE, COMMON, type Contender, contendersOf, REVOKE } from './contenders.ts';
import { MB_OF_A_CORE, type Share, shareOfACore } from './share.ts';
import { openTls } from './tls.ts';

/** How many fresh processes of each contender are measured, in turn. */
const RUNS = 11;
/** Memory sizes that are compared for the most important function. With the last one, an invocation has a whole core. */
const SIZES_MB = [512, 1_024, 1_536, MB_OF_A_CORE];

type Runs = Map<string, ColdStart[]>;

/** Measures the loading and the first answer of each function, at full speed and with the share of a core that its memory gives it. */
export async function measureCold(context: BenchContext): Promise<Section> {
  const stack = await startBenchStack(context);
  const tls = openTls(context.workDirectory);
  try {
    const contenders: Contender[] = [];
    for (const one of await contendersOf(stack, context.workDirectory)) {
      const environment = await tls.of(one.runnable.environment);
      contenders.push({ ...one, runnable: { ...one.runnable, environment } });
    }
    const { memoryMb } = stack.runnable('revoke');
    const fast = await inTurn(contenders, undefined);
    const main = contenders.filter(({ name }) => [BARE, COMMON, REVOKE].includes(name));
    const bySize = new Map<number, Runs>();
    for (const size of SIZES_MB) {
      context.progress(`${size} MB …`);
      bySize.set(
        size,
        await withShare(size, (share) => inTurn(size === memoryMb ? contenders : main, share)),
      );
    }
    return section(contenders, fast, bySize, memoryMb);
  } finally {
    tls.close();
    await stack.close();
  }
}

async function withShare<T>(memoryMb: number, run: (share: Share | undefined) => Promise<T>): Promise<T> {
  const share = shareOfACore(memoryMb);
  try {
    return await run(share);
  } finally {
    await share?.close();
  }
}

/** Runs one of each in turn, so that other work of the machine affects all of them. The first round only warms the machine up. */
async function inTurn(contenders: readonly Contender[], share: Share | undefined): Promise<Runs> {
  const runs: Runs = new Map(contenders.map(({ name }) => [name, []]));
  for (let run = 0; run <= RUNS; run += 1) {
    for (const one of contenders) {
      const measured = await coldStart(one, share);
      if (run > 0) runs.get(one.name)?.push(measured);
    }
  }
  return runs;
}

/** Returns the median of one value of each run. */
function of(runs: Runs | undefined, name: string, take: (run: ColdStart) => number): number {
  return median((runs?.get(name) ?? []).map(take));
}

const total = ({ load, first }: ColdStart) => load + first;

function section(
  contenders: readonly Contender[],
  fast: Runs,
  bySize: ReadonlyMap<number, Runs>,
  memoryMb: number,
): Section {
  const shared = bySize.get(memoryMb);
  const rows = contenders.map(({ name }) => ({
    name,
    lambdaRatio: of(shared, name, total) / of(shared, BARE, total),
    fastRatio: of(fast, name, total) / of(fast, BARE, total),
    cpuRatio: of(fast, name, ({ firstCpu }) => firstCpu) / of(fast, BARE, ({ firstCpu }) => firstCpu),
    load: of(fast, name, ({ load }) => load),
    first: of(fast, name, ({ first }) => first),
    firstCpu: of(fast, name, ({ firstCpu }) => firstCpu),
  }));
  const columns: Column[] = [
    { key: 'name', title: 'cold' },
    { key: 'lambdaRatio', title: `as Lambda gives it, at ${memoryMb} MB, × bare`, decimals: 2 },
    { key: 'fastRatio', title: 'at full speed, × bare', decimals: 2 },
    { key: 'cpuRatio', title: 'CPU of the first answer, × bare', decimals: 2 },
    { key: 'load', title: 'ms to load', decimals: 1 },
    { key: 'first', title: 'ms to the first answer', decimals: 1 },
    { key: 'firstCpu', title: 'of that, CPU', decimals: 1 },
  ];
  return {
    title: 'Cold',
    tables: [{ columns, rows }, sizes(bySize)],
    notes: [
      `Medians of ${RUNS} fresh processes, one of each contender in turn. Loading includes what a function rehearses. Calls go to the emulators by TLS.`,
      `As Lambda gives it: loading at full speed, then the first answer with memory / ${MB_OF_A_CORE} MB of a core, held to it by a control group of the system.`,
      'As commonly written: an ES module, not minified, with zod and the X-Ray tracer.',
    ],
  };
}

/** Shows the effect of more memory on time and cost. Lambda bills memory × time, including the initialization. */
function sizes(bySize: ReadonlyMap<number, Runs>): Table {
  const cost = (size: number, name: string) => size * of(bySize.get(size), name, total);
  const [smallest = 0] = SIZES_MB;
  return {
    columns: [
      { key: 'size', title: 'MB' },
      { key: 'bareRatio', title: `${REVOKE}, cold, × bare`, decimals: 2 },
      { key: 'commonRatio', title: '× as commonly written', decimals: 2 },
      { key: 'timeRatio', title: `time, × ${smallest} MB`, decimals: 2 },
      { key: 'costRatio', title: `cost, × ${smallest} MB`, decimals: 2 },
      { key: 'millis', title: 'ms', decimals: 0 },
    ],
    rows: [...bySize].map(([size, runs]) => ({
      size,
      bareRatio: of(runs, REVOKE, total) / of(runs, BARE, total),
      commonRatio: of(runs, REVOKE, total) / of(runs, COMMON, total),
      timeRatio: of(runs, REVOKE, total) / of(bySize.get(smallest), REVOKE, total),
      costRatio: cost(size, REVOKE) / cost(smallest, REVOKE),
      millis: of(runs, REVOKE, total),
    })),
  };
}
