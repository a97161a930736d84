import type { CrashPoint } from './crash-points.ts';

/** Something that happens at one point of what is done with `deps`: a crash, or what somebody else does in between. */
export interface Interruption {
  point: CrashPoint;
  /** What it returns is waited for; a crash never resolves. */
  act(): Promise<unknown>;
  /** Whether the point has been reached. */
  isOver: boolean;
  /** Nothing that was under way goes on after it. */
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

/** What nobody waits for: a call to it is no point, as what happens there would not be waited for either. */
const SYNCHRONOUS = ['clock', 'watch'];

/** Ports and stores, each call of which is a point before and one after. */
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
