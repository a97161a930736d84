import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reporter } from '@jest/reporters';
import { PROOFS_FILE, type Proven } from './proof.ts';

/** Prints the counts of the proofs in this run. */
export default class ProofTable implements Pick<Reporter, 'onRunComplete'> {
  readonly #directory = mkdtempSync(join(tmpdir(), 'proofs-'));

  constructor() {
    // The workers inherit the environment.
    process.env[PROOFS_FILE] = join(this.#directory, 'proofs');
    writeFileSync(process.env[PROOFS_FILE], '');
  }

  onRunComplete(): void {
    const lines = readFileSync(process.env[PROOFS_FILE] ?? '', 'utf8')
      .split('\n')
      .filter(Boolean);
    const proven = summed(lines.map((line) => JSON.parse(line)));
    proven.sort((a, b) => (a.proof < b.proof ? -1 : 1));
    const rows = proven.map(({ proof, tried, lost, leaked, seconds }) =>
      [proof, tried, lost, leaked, seconds.toFixed(0)].join(' | '),
    );
    const head = ['proof | tried | lost | leaked | seconds', '---|--:|--:|--:|--:'];
    process.stdout.write(`\n${[...head, ...rows].join('\n')}\n`);
    rmSync(this.#directory, { recursive: true });
  }
}

/** One row for each name. The seconds are a sum over test files that may have run in parallel. */
function summed(all: Proven[]): Proven[] {
  const add = (a: Proven, b: Proven): Proven => ({
    proof: a.proof,
    tried: a.tried + b.tried,
    lost: a.lost + b.lost,
    leaked: a.leaked + b.leaked,
    seconds: a.seconds + b.seconds,
  });
  return [...Map.groupBy(all, ({ proof }) => proof).values()].map((same) => same.reduce(add));
}
