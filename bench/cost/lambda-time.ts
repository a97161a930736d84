import { MB_OF_A_CORE } from '../cold/share.ts';
import { startMeasured } from '../measured/measured.ts';
import { median } from '../section.ts';
import type { BenchStack } from '../stack.ts';

/** The estimated time that Lambda bills, in milliseconds. */
export interface BilledTime {
  /** The initialization and the first invocation. */
  readonly cold: number;
  readonly warm: number;
}

/** The assumed time until AWS answers a call. All calls are assumed to run one after the other, which overestimates the time. */
export const CALL_MILLIS = 10;
/** The number of fresh processes. */
const RUNS = 3;
/** The number of warm invocations in one process, after its first invocation. */
const WARM = 5;

/**
 * Estimates the billed time. The measured CPU time is stretched to the share of a core that the function's memory gives it. The time
 * of loading is not stretched, because loading is reported to have a whole core.
 *
 * @param newEvents - Makes the given number of events, all of which can succeed.
 */
export async function billedTime(
  stack: BenchStack,
  handler: string,
  newEvents: (count: number) => Promise<unknown[]>,
): Promise<BilledTime> {
  const runnable = stack.runnable(handler);
  const runs: BilledTime[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const events = await newEvents(WARM + 1);
    const measured = await startMeasured(runnable);
    const invoke = async (some: readonly unknown[]) => {
      const { cpuMillis, calls } = await measured.invoke(some);
      const stretched = (cpuMillis * MB_OF_A_CORE) / runnable.memoryMb;
      return (stretched + calls * CALL_MILLIS) / some.length;
    };
    const cold = measured.loaded.millis + (await invoke(events.slice(0, 1)));
    runs.push({ cold, warm: await invoke(events.slice(1)) });
    measured.end();
  }
  return { cold: median(runs.map(({ cold }) => cold)), warm: median(runs.map(({ warm }) => warm)) };
}
