import type { Call } from '../../support/gate-call.ts';
import type { Tally } from '../../support/proof.ts';
import { functionId } from '../../support/running-stack.ts';
import type { GatedStack } from './gated-stack.ts';

/** `before`: the request has left the function and arrives nowhere; `after`: all is done, and the function never hears of it. */
export interface CrashPoint {
  /** The how-manieth of the function's calls, in the order in which they arrive. */
  call: number;
  side: 'before' | 'after';
}

/** A point of a function at which its thread is going to end. */
export interface PlannedCrash {
  isOver(): boolean;
  /** What was called there. */
  at(): string;
  /** Waits until what the function had sent by then is done. It does not crash any more. */
  settled(): Promise<void>;
}

/** Calls of the portal are not signed. */
const UNSIGNED = ['sso', 'sso-oidc'];

export interface CrashPlan {
  /** Of the function that is to crash. */
  id: string;
  /** Functions that are kept from doing anything meanwhile: their calls are not answered. */
  refused?: string[];
  /** Whose the portal's calls are cannot be told; they are taken for this function's, unless it makes none. */
  makesUnsignedCalls?: false;
}

/** Has all threads of a function end at this point of what it does from now on, as Lambda's sandbox may. */
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

/** Read once: other test files may be synthesizing the stack anew. */
function logicalIdOf(id: string): string {
  const logicalId = logicalIds.get(id) ?? functionId(id);
  logicalIds.set(id, logicalId);
  return logicalId;
}

export interface Attempt {
  crash: Pick<PlannedCrash, 'isOver' | 'at'>;
  /** What was lost by it, a sentence each. */
  losses: string[];
}

/**
 * Makes an attempt at every point that is reached: at both sides of the first call, of the second, and so on until there
 * is no such call. The order of calls made side by side varies, and with it what the point is; that all are reached does not.
 *
 * @param stacks - on which attempts are made side by side, one at a time on each
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
  // All of them, also when one fails: the stacks are used again.
  const ends = await Promise.allSettled(stacks.map(work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  tally.lost += found.length;
  expect(found).toEqual([]);
}
