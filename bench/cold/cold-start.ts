import { startMeasured } from '../measured/measured.ts';
import type { Contender } from './contenders.ts';
import type { Share } from './share.ts';

/** The times of one fresh process, in milliseconds. */
export interface ColdStart {
  readonly load: number;
  readonly first: number;
  /** The CPU time of the first answer. */
  readonly firstCpu: number;
}

/** @param share - the share of a core that the process gets after loading; undefined for a whole core */
export async function coldStart(
  { runnable, newEvent }: Contender,
  share: Share | undefined,
): Promise<ColdStart> {
  const event = await newEvent();
  const fn = await startMeasured(runnable);
  try {
    share?.put(fn.pid);
    const { millis, cpuMillis } = await fn.invoke([event]);
    return { load: fn.loaded.millis, first: millis[0] ?? Number.NaN, firstCpu: cpuMillis };
  } finally {
    fn.end();
  }
}
