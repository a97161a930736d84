import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** The period in which Lambda is reported to limit the CPU. */
const PERIOD_MICROS = 20_000;
/** With this much memory, an invocation has a whole core: docs/facts.md § Lambda. */
export const MB_OF_A_CORE = 1_769;

const ROOT = '/sys/fs/cgroup';

/** A control group that limits its processes to a share of one core. */
export interface Share {
  put(pid: number): void;
  /** Removes the group. Its processes must have been told to end before. */
  close(): Promise<void>;
}

/** @returns undefined if this process may not create control groups, or if the share is a whole core */
export function shareOfACore(memoryMb: number): Share | undefined {
  const share = memoryMb / MB_OF_A_CORE;
  if (share >= 1) return undefined;
  const micros = String(Math.round(PERIOD_MICROS * share));
  const isOfVersion2 = existsSync(join(ROOT, 'cgroup.controllers'));
  const directory = join(ROOT, isOfVersion2 ? '' : 'cpu', `bench-${process.pid}-${memoryMb}`);
  try {
    mkdirSync(directory);
    if (isOfVersion2) writeFileSync(join(directory, 'cpu.max'), `${micros} ${PERIOD_MICROS}`);
    else {
      writeFileSync(join(directory, 'cpu.cfs_period_us'), String(PERIOD_MICROS));
      writeFileSync(join(directory, 'cpu.cfs_quota_us'), micros);
    }
  } catch {
    return undefined;
  }
  return {
    put: (pid) => writeFileSync(join(directory, 'cgroup.procs'), String(pid)),
    async close() {
      // The system refuses to remove the group until its last process has ended.
      while (existsSync(directory) && !isRemoved(directory)) await setTimeout(20);
    },
  };
}

function isRemoved(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
