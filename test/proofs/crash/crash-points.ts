import type { Call } from '../../support/gate-call.ts';
import type { Tally } from '../../support/proof.ts';
import { functionId } from '../../support/running-stack.ts';
import type { GatedStack } from './gated-stack.ts';

/**
 * `before`: the request leaves the function and never arrives. `after`: the work is done, and the function gets no
 * answer.
 */
export interface CrashPoint {
  /** The number of the call, in the order in which the function's calls arrive. */
  call: number;
  side: 'before' | 'after';
}

/** A point of a function at which its thread will end. */
export interface PlannedCrash {
  isOver(): boolean;
  /** The call at that point. */
  at(): string;
  /** Waits until everything that the function had sent by then is done. From then on, it does not crash. */
  settled(): Promise<void>;
}

/** Calls to the portal are not signed. */
const UNSIGNED = ['sso', 'sso-oidc'];

export interface CrashPlan {
  /** The function that crashes. */
  id: string;
  /** Functions that can do nothing meanwhile, because their calls get no answer. */
  refused?: string[];
  /** Unsigned calls do not say which function sent them. They count as this function's, unless it makes none. */
  makesUnsignedCalls?: false;
}

/** Ends all threads of a function at this point of its next work, as Lambda's sandbox may. */
export function planCrash(
  { running, gate }: GatedStack,
  { id, refused: others = [], makesUnsignedCalls }: CrashPlan,
  { call: nth, side }: CrashPoint,
): PlannedCrash {
  const logicalId = logicalIdOf(id);
  const refused = new Set(others.map(logicalIdOf));
  const unsigned = makesUnsignedCalls === false ? [] : UNSIGNED;
  const isOwn = (call: Call) => call.functionId === logicalId || unsigned.includes(call.service);
  let isArmed = true;
  let seen = 0;
  let target: Call | undefined;
  let isOver = false;
  const crash = async () => {
    await running.stack.functions.crash(logicalId);
    isOver = true;
  };
  gate.use({
    async onRequest(call) {
      if (call.functionId && refused.has(call.functionId)) return 'hang';
      if (!isArmed || target || !isOwn(call)) return 'pass';
      seen += 1;
      if (seen < nth) return 'pass';
      target = call;
      if (side === 'after') return 'pass';
      await crash();
      return 'cut';
    },
    async onAnswer(call) {
      if (side === 'after' && call.number === target?.number) await crash();
    },
  });
  return {
    isOver: () => isOver,
    at: () => (target ? `${side} call ${nth}, ${target.service}:${target.operation}` : 'without a crash'),
    settled: () => {
      isArmed = false;
      return gate.idle();
    },
  };
}

const logicalIds = new Map<string, string>();

/** Read once, because other test files may synthesize the stack again meanwhile. */
function logicalIdOf(id: string): string {
  const logicalId = logicalIds.get(id) ?? functionId(id);
  logicalIds.set(id, logicalId);
  return logicalId;
}

export interface Attempt {
  crash: Pick<PlannedCrash, 'isOver' | 'at'>;
  /** What the crash lost: one sentence each. */
  losses: string[];
}

/**
 * Makes an attempt at every point that is reached: before and after the first call, the second, and so on until there
 * is no such call.
 * The order of parallel calls varies, so a point may be another call in another run; but all points are reached.
 *
 * @param stacks - attempts run in parallel, one at a time on each stack
 */
export async function crashEverywhere(
  stacks: GatedStack[],
  tally: Tally,
  attempt: (stack: GatedStack, point: CrashPoint) => Promise<Attempt>,
): Promise<void> {
  const missed = new Map<number, number>();
  const found: string[] = [];
  const points = function* (): Generator<CrashPoint> {
    for (let call = 1; ![...missed.values()].includes(2); call += 1) {
      yield { call, side: 'before' };
      yield { call, side: 'after' };
    }
  };
  const shared = points();
  const work = async (stack: GatedStack) => {
    for (let next = shared.next(); !next.done; next = shared.next()) {
      const { crash, losses } = await attempt(stack, next.value);
      found.push(...losses.map((loss) => `${crash.at()}: ${loss}`));
      if (crash.isOver()) tally.tried += 1;
      else missed.set(next.value.call, (missed.get(next.value.call) ?? 0) + 1);
    }
  };
  // Waits for all of them even if one fails, because the next proof uses the same stacks.
  const ends = await Promise.allSettled(stacks.map(work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  tally.lost += found.length;
  expect(found).toEqual([]);
}
