import { appendFileSync } from 'node:fs';

/** The counts of a proof. */
export interface Tally {
  /** Cases: a crash point, a seed, a request. */
  tried: number;
  /** Sessions, outcomes or messages that were lost or recorded falsely; attacks that succeeded. */
  lost: number;
  /** Secrets found where none may be. */
  leaked: number;
}

export interface Proven extends Tally {
  proof: string;
  seconds: number;
}

/** The file that collects the figures for the table at the end. The reporter sets it. */
export const PROOFS_FILE = 'PROOFS_FILE';

/**
 * A jest test whose figures are in the table of `npm run prove`. It fails if anything was lost or leaked, or nothing
 * was tried.
 *
 * @param prove - counts into the tally. If it throws, the proof fails, too
 * @param row - in the table. It has the sums of all proofs with this row
 */
export function proof(
  name: string,
  prove: (tally: Tally) => Promise<void>,
  minutes = 15,
  row: string = name,
): void {
  test(
    name,
    async () => {
      const tally: Tally = { tried: 0, lost: 0, leaked: 0 };
      const startedAt = performance.now();
      try {
        await prove(tally);
      } finally {
        const seconds = (performance.now() - startedAt) / 1000;
        const file = process.env[PROOFS_FILE];
        if (file) appendFileSync(file, `${JSON.stringify({ proof: row, ...tally, seconds })}\n`);
      }
      expect(tally).toMatchObject({ lost: 0, leaked: 0 });
      expect(tally.tried).toBeGreaterThan(0);
    },
    minutes * 60_000,
  );
}
