import { proof } from '../../support/proof.ts';

/** Counts one try, and whether the attacker reached this aim. */
export type Tried = (aim: string, hasSucceeded: boolean) => void;

/**
 * One kind of attack, as a part of the proof of all attacks. It passes if no try succeeds.
 *
 * @param act - plays the attacker; it throws if the play itself cannot be set up
 */
export function attack(name: string, act: (tried: Tried) => Promise<void>, minutes = 3): void {
  proof(
    name,
    async (tally) => {
      const succeeded: string[] = [];
      await act((aim, hasSucceeded) => {
        tally.tried += 1;
        if (!hasSucceeded) return;
        tally.lost += 1;
        succeeded.push(aim);
      });
      // Twenty are enough to see what went wrong.
      expect(succeeded.slice(0, 20)).toEqual([]);
    },
    minutes,
    'Attacks with the least right that they need; each that succeeds counts as lost',
  );
}
