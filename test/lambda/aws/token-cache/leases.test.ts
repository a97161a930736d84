import { engines, type Stores } from '../../../support/stores.ts';

const { signal } = new AbortController();
const at = (minutes: number) => new Date(Date.UTC(2099, 0, 1, 0, minutes));
const lease = (holder: string, until: number) => ({ holder, until: at(until) });

describe.each(engines)('leases in the token cache, on $engine', ({ open }) => {
  let stores: Stores;
  let cache: Stores['cache'];

  beforeAll(async () => {
    stores = await open();
    cache = stores.cache;
  }, 60_000);
  afterAll(() => stores.close());

  test('a lease is held by one, until it is returned or over', async () => {
    expect(await cache.takeLease('l1', lease('a', 10), at(0), signal)).toBe(true);
    expect(await cache.takeLease('l1', lease('b', 10), at(9), signal)).toBe(false);
    expect(await cache.takeLease('l2', lease('b', 10), at(9), signal)).toBe(true);
    // The answer to the first attempt may have been lost.
    expect(await cache.takeLease('l1', lease('a', 10), at(0), signal)).toBe(true);
    await cache.returnLease('l1', lease('b', 10), signal);
    expect(await cache.takeLease('l1', lease('b', 20), at(9), signal)).toBe(false);
    expect(await cache.takeLease('l1', lease('b', 20), at(10), signal)).toBe(true);
    await cache.returnLease('l1', lease('a', 10), signal);
    expect(await cache.takeLease('l1', lease('c', 20), at(11), signal)).toBe(false);
    await cache.returnLease('l1', lease('b', 20), signal);
    expect(await cache.takeLease('l1', lease('c', 20), at(11), signal)).toBe(true);
  });

  test("one that says it lasts longer than an invocation can is nobody's", async () => {
    expect(await cache.takeLease('l3', lease('stranger', 10_000), at(0), signal)).toBe(true);
    expect(await cache.takeLease('l3', lease('a', 1), at(0), signal)).toBe(true);
    expect(await cache.takeLease('l3', lease('b', 15), at(0), signal)).toBe(false);
  });
});
