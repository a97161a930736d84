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

// The explorations of crash.test.ts, with the same judge, in this process and on orders that are known to be wrong: what
// does not find these would not find others.

/** Tries every point; the number of those at which something was lost. */
async function explore(tally: Tally, attempt: (point: CrashPoint) => Promise<Tried>): Promise<number> {
  let wrong = 0;
  for (let call = 1; ; call += 1) {
    const [before, after] = [await attempt({ call, side: 'before' }), await attempt({ call, side: 'after' })];
    tally.tried += Number(before.isReached) + Number(after.isReached);
    wrong += Number(before.found.length > 0) + Number(after.found.length > 0);
    if (!before.isReached && !after.isReached) return wrong;
  }
}

/** The same of whoever signs in, at all points of both. */
async function exploreSignIns(tally: Tally, order: Order): Promise<number> {
  let wrong = 0;
  for (const inside of ['revoking', 'registering'] as const)
    for (const job of [signOut, removal])
      wrong += await explore(tally, (point) => slipped(order, point, inside, job));
  return wrong;
}

proof('The order as it is: a crash anywhere in this process loses nothing', async (tally) => {
  for (const attempt of [crashed, twice, bounded])
    tally.lost += await explore(tally, (point) => attempt(rightOrder, point));
});

proof('The fence as it is: whoever signs in at whatever moment does not slip through', async (tally) => {
  tally.lost = await exploreSignIns(tally, rightOrder);
});

/** `lost` counts the broken orders that nobody would notice. */
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

proof('Orders broken on purpose: a crash gives each of them away', (tally) =>
  notice(tally, brokenOrders, (order) => explore(tally, (point) => crashed(order, point))),
);

proof('Fences broken on purpose: a sign-in gives each of them away', (tally) =>
  notice(tally, brokenFences, (order) => exploreSignIns(tally, order)),
);

proof('Bounds broken on purpose: a sign-out that comes late gives each of them away', (tally) =>
  notice(tally, brokenBounds, (order) => explore(tally, (point) => bounded(order, point))),
);

proof('Leases broken on purpose: a message that is delivered twice gives each of them away', (tally) =>
  notice(tally, brokenLeases, (order) => explore(tally, (point) => twice(order, point))),
);
