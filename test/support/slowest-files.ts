import { relative } from 'node:path';
import type { AggregatedResult, Reporter, TestContext } from '@jest/reporters';

/** Prints the slowest test files. `SLOWEST=10 npm test` prints ten. */
export default class SlowestFiles implements Pick<Reporter, 'onRunComplete'> {
  onRunComplete(_contexts: Set<TestContext>, { testResults }: AggregatedResult): void {
    const count = Number(process.env.SLOWEST ?? 0);
    if (count === 0) return;
    const slowest = testResults.toSorted((a, b) => b.perfStats.runtime - a.perfStats.runtime);
    const lines = slowest.slice(0, count).map(({ perfStats, testFilePath }) => {
      const seconds = (perfStats.runtime / 1000).toFixed(1).padStart(6);
      return `${seconds} s  ${relative(process.cwd(), testFilePath)}`;
    });
    process.stdout.write(`\nSlowest files:\n${lines.join('\n')}\n`);
  }
}
