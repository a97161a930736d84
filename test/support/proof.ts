import { appendFileSync } from 'node:fs';

/** What a proof has counted. */
export interface Tally {
  /** Cases: a crash point, a seed, a request. */
  tried: number;
  /** Sessions, outcomes or messages that were lost, or told otherwise than they were; attacks that succeeded. */
  lost: number;
  /** Secrets found where none may be. */
  leaked: number;
}

export interface Proven extends Tally {
  proof: string;
  seconds: number;
}

/** Where the figures go for the table at the end; set by the reporter. */
export const PROOFS_FILE = 'PROOFS_FILE';

/**
 * A jest test whose figures go into the table of `npm run prove`. It fails when anything was lost or leaked, and when
 * nothing was tried.
 *
 * @param prove - counts into the tally; what it throws fails the proof, too
 * @param row - of the table: it has the sums of all proofs that share it
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
