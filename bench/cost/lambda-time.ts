import { MB_OF_A_CORE } from '../cold/share.ts';
import { startMeasured } from '../measured/measured.ts';
import { median } from '../section.ts';
import type { BenchStack } from '../stack.ts';

/** Estimated time that Lambda bills for, in milliseconds. */
export interface BilledTime {
  /** Initialization and first invocation. */
  readonly cold: number;
  readonly warm: number;
}

/** Assumed: until AWS has answered one call. All calls are taken to be made one after the other, which is more than the truth. */
export const CALL_MILLIS = 10;
/** Fresh processes. */
const RUNS = 3;
/** In one process, after its first invocation. */
const WARM = 5;

/**
 * CPU time is measured here and stretched to the share of a core that the function's memory gives it. Loading is
 * taken as measured: it is reported to have a whole core.
 *
 * @param newEvents - Makes so many events, all of which can succeed.
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
