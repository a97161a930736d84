import { DIRECTORY_SHARES } from '../../../lambda/wiring/background.ts';

/** The rate that the identity store allows to all callers together: docs/facts.md § Rates. */
const STORE_PER_SECOND = 20;
const BY_DEFAULT = 10;

test('sweep and workers together keep to the rate, and by default leave half of it to others', () => {
  const sum = Object.values(DIRECTORY_SHARES).reduce((all, share) => all + share, 0);
  expect(sum).toBeLessThanOrEqual(1);
  expect(BY_DEFAULT * DIRECTORY_SHARES.sweep).toBeLessThan(STORE_PER_SECOND / 2);
});
