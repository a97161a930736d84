import { proof, type Tally } from '../../support/proof.ts';
import {
  brokenBounds,
  brokenFences,
  brokenLeases,
  brokenOrders,
  type Order,
  rightOrder,
} from './broken-orders.ts';
import type { CrashPoint } from './crash-points.ts';
import { bounded, crashed, removal, signOut, slipped, type Tried, twice } from './order-attempts.ts';

// Runs the explorations of crash.test.ts in this process, with the same judge, on orders that are known to be wrong. A
// judge that misses these would miss others.

/** Tries every crash point. @returns at how many of them something was lost */
async function explore(tally: Tally, attempt: (point: CrashPoint) => Promise<Tried>): Promise<number> {
  let wrong = 0;
  for (let call = 1; ; call += 1) {
    const [before, after] = [await attempt({ call, side: 'before' }), await attempt({ call, side: 'after' })];
    tally.tried += Number(before.isReached) + Number(after.isReached);
    wrong += Number(before.found.length > 0) + Number(after.found.length > 0);
    if (!before.isReached && !after.isReached) return wrong;
  }
}

/** The same for a sign-in during a revocation, at all points of both. */
async function exploreSignIns(tally: Tally, order: Order): Promise<number> {
  let wrong = 0;
  for (const inside of ['revoking', 'registering'] as const)
    for (const job of [signOut, removal])
      wrong += await explore(tally, (point) => slipped(order, point, inside, job));
  return wrong;
}

proof('the right order loses nothing, wherever it crashes', async (tally) => {
  for (const attempt of [crashed, twice, bounded])
    tally.lost += await explore(tally, (point) => attempt(rightOrder, point));
});

proof('the right fence lets no session slip through, whenever the user signs in', async (tally) => {
  tally.lost = await exploreSignIns(tally, rightOrder);
});

/** `lost` counts the broken orders that no crash point reveals. */
async function notice(
  tally: Tally,
  orders: Record<string, Order>,
  wrongBy: (order: Order) => Promise<number>,
): Promise<void> {
  for (const [name, order] of Object.entries(orders)) {
    const found = await wrongBy(order);
    tally.lost += Number(found === 0);
    expect({ name, isNoticed: found > 0 }).toEqual({ name, isNoticed: true });
  }
}

proof('a crash reveals each order that is broken on purpose', (tally) =>
  notice(tally, brokenOrders, (order) => explore(tally, (point) => crashed(order, point))),
);

proof('a sign-in reveals each fence that is broken on purpose', (tally) =>
  notice(tally, brokenFences, (order) => exploreSignIns(tally, order)),
);

proof('a late sign-out reveals each bound that is broken on purpose', (tally) =>
  notice(tally, brokenBounds, (order) => explore(tally, (point) => bounded(order, point))),
);

proof('a message that is delivered twice reveals each lease that is broken on purpose', (tally) =>
  notice(tally, brokenLeases, (order) => explore(tally, (point) => twice(order, point))),
);
