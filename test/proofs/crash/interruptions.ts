import type { CrashPoint } from './crash-points.ts';

/** An event at one point of the work with `deps`: a crash, or what another caller does in between. */
export interface Interruption {
  point: CrashPoint;
  /** The work waits for the returned promise. If it never resolves, that is a crash. */
  act(): Promise<unknown>;
  /** Whether the point has been reached. */
  isOver: boolean;
  /** Work that is under way stops at this point. */
  isDeath: boolean;
  calls: number;
}

export function interruption(point: CrashPoint, act: () => Promise<unknown>): Interruption {
  return { point, act, isOver: false, isDeath: false, calls: 0 };
}

const NEVER = new Promise<never>(() => {});

/** The end of the process. */
export function death(point: CrashPoint): Interruption & { whenOver: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const act = () => {
    resolve();
    return NEVER;
  };
  return { ...interruption(point, act), isDeath: true, whenOver: promise };
}

/** Their callers do not await the result, so nothing can happen there that the work would wait for. */
const SYNCHRONOUS = ['clock', 'watch'];

/** Wraps ports and stores so that each call has one point before and one after it. */
export function interruptible<T extends object>(deps: T, at: Interruption): T {
  const wrap = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return interruptible(value, at);
    return value;
  };
  const entries = Object.entries(deps).map(([name, value]): [string, unknown] => {
    if (SYNCHRONOUS.includes(name)) return [name, value];
    if (typeof value !== 'function') return [name, wrap(value)];
    return [name, (...args: unknown[]) => callWith(at, () => value.apply(deps, args))];
  });
  return Object.assign(Object.create(Object.getPrototypeOf(deps)), Object.fromEntries(entries));
}

async function callWith(at: Interruption, call: () => unknown): Promise<unknown> {
  const { point } = at;
  const isDead = () => at.isOver && at.isDeath;
  if (isDead()) return NEVER;
  at.calls += 1;
  const isHere = at.calls === point.call;
  if (isHere && point.side === 'before') await interrupt(at);
  const result = await call();
  if (isHere && point.side === 'after') await interrupt(at);
  return isDead() ? NEVER : result;
}

function interrupt(at: Interruption): Promise<unknown> {
  at.isOver = true;
  return at.act();
}
