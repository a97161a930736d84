import { relative } from 'node:path';
import Sequencer from '@jest/test-sequencer';

/**
 * Starts the slowest test files first, so that no worker is left with a slow one at the end. Jest knows how long each
 * took the last time. In a fresh clone it does not: then those that run the whole stack go first, which are the ones
 * right in test/.
 */
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (tests.some(({ duration }) => duration !== undefined)) return sorted;
    return sorted.toSorted((a, b) => depthOf(a) - depthOf(b));
  }
}

function depthOf({ path, context }) {
  return relative(context.config.rootDir, path).split(/[\\/]/).length;
}
