import type { Portal } from '../../../lambda/domain/ports.ts';
import { ampleTime, loggedOut, type World } from '../../support/fakes.ts';

/** A wrong way to revoke: the ports of the right one, called in another order. */
export type Order = (world: World) => World;

export const rightOrder: Order = (world) => world;

/** Orders that lose something if they crash at the wrong moment. */
export const brokenOrders: Record<string, Order> = {
  'delete before record': (world) => {
    let late = async () => {};
    const records: World['records'] = {
      ...world.records,
      async putOutcomes(...args) {
        late = () => world.records.putOutcomes(...args);
      },
    };
    const tokenCache: World['tokenCache'] = {
      ...world.tokenCache,
      async forgetAll(...args) {
        await world.tokenCache.forgetAll(...args);
        await late();
      },
    };
    return { ...world, records, tokenCache };
  },

  'record before Logout': (world) => {
    const late: Parameters<Portal['logout']>[] = [];
    const portal: Portal = {
      ...world.portal,
      async logout(...args) {
        late.push(args);
        return loggedOut;
      },
    };
    const records: World['records'] = {
      ...world.records,
      async putOutcomes(...args) {
        await world.records.putOutcomes(...args);
        for (const each of late.splice(0)) await world.portal.logout(...each);
      },
    };
    return { ...world, portal, records };
  },

  'delete before Logout': (world) => {
    const tokenCache: World['tokenCache'] = {
      ...world.tokenCache,
      async page(userId, page, signal) {
        const found = await world.tokenCache.page(userId, page, signal);
        await world.tokenCache.forgetAll(found, signal);
        return found;
      },
    };
    return { ...world, tokenCache };
  },

  'completion before the sessions': (world) => {
    const none = { found: 0, loggedOut: 0, alreadyInvalid: 0, pending: 0, failed: 0 };
    const records: World['records'] = {
      ...world.records,
      async putHeader(header, signal) {
        const standing = await world.records.putHeader(header, signal);
        await world.records.complete(header.revocationId, { at: new Date(), sessions: none }, signal);
        return standing;
      },
    };
    return { ...world, records };
  },

  'no record at all': (world) => ({
    ...world,
    records: { ...world.records, putOutcomes: async () => {} },
  }),
};

/** Fences that let a session slip through if its user signs in while being revoked. */
export const brokenFences: Record<string, Order> = {
  'revoking reads the sessions, then raises the fence': (world) => {
    let late: () => Promise<unknown> = async () => {};
    const tokenCache: World['tokenCache'] = {
      ...world.tokenCache,
      async raiseFence(...args) {
        late = () => world.tokenCache.raiseFence(...args);
      },
    };
    const records: World['records'] = {
      ...world.records,
      // By then no session is left: the last pass found none.
      async complete(...args) {
        await late();
        await world.records.complete(...args);
      },
    };
    return { ...world, tokenCache, records };
  },

  'registering reads the fence, then writes the session': (world) => {
    let late: () => Promise<unknown> = async () => {};
    const tokenCache: World['tokenCache'] = {
      ...world.tokenCache,
      async hold(...args) {
        late = () => world.tokenCache.hold(...args);
        return 'new';
      },
      async fence(...args) {
        const fence = await world.tokenCache.fence(...args);
        await late();
        return fence;
      },
    };
    return { ...world, tokenCache };
  },
};

/** Makes sessions look as if they had been registered at another time. */
function registeredAt(world: World, at: (registered: Date) => Date): World {
  const tokenCache: World['tokenCache'] = {
    ...world.tokenCache,
    async page(...args) {
      const found = await world.tokenCache.page(...args);
      return found.map((session) => ({ ...session, registeredAt: at(session.registeredAt) }));
    },
  };
  return { ...world, tokenCache };
}

/** Bounds by which a sign-out ends sessions other than those registered before its request. */
export const brokenBounds: Record<string, Order> = {
  'all that is held when it is carried out': (world) => registeredAt(world, () => new Date(0)),
  'nothing that was held when it was asked for': (world) => registeredAt(world, () => world.clock()),
};

/** Leases that let two runs end sessions of a user at the same time. */
export const brokenLeases: Record<string, Order> = {
  'nobody takes a lease': (world) => ({
    ...world,
    tokenCache: { ...world.tokenCache, takeLease: async () => true },
  }),
  'the lease is returned as soon as it is taken': (world) => ({
    ...world,
    tokenCache: {
      ...world.tokenCache,
      async takeLease(userId, lease, ...args) {
        const isTaken = await world.tokenCache.takeLease(userId, lease, ...args);
        await world.tokenCache.returnLease(userId, lease, ampleTime().signal);
        return isTaken;
      },
    },
  }),
};
