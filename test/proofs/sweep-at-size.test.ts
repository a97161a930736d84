import { DIRECTORY_SHARES } from '../../lambda/wiring/background.ts';
import { proof } from '../support/proof.ts';
import { measureSweep } from '../support/sweep-at-size.ts';

/** The test measures so many users, and computes the figures of the larger size from them. */
const USERS = 10_000;
const AT_SIZE = 100_000;
/** The default, shared by the sweep and all workers. */
const CALLS_PER_SECOND = 10;
/** So many are disabled, and so many deleted: one percent of all together. */
const GONE = 50;

proof(
  'one sweep over 10,000 users with a session each finds whoever has left, with the expected number of requests',
  async (tally) => {
    const { swept, reported, requests, readUnits, seconds } = await measureSweep(USERS, GONE);
    tally.tried = USERS;
    tally.lost = 2 * GONE - reported;
    expect(swept).toMatchObject({
      ...{ usersChecked: USERS, usersGone: 2 * GONE, usersAsked: 2 * GONE, finished: true },
      ...{ unanswered: 0, listingsFailed: 0, unreadable: 0 },
    });
    // One page for each 100 users who are there, and one lookup for each who left.
    expect(requests).toBe(Math.ceil((USERS - GONE) / 100) + 2 * GONE);

    const times = AT_SIZE / USERS;
    const atSize = { requests: requests * times, readUnits: readUnits * times };
    const passSeconds = atSize.requests / (CALLS_PER_SECOND * DIRECTORY_SHARES.sweep);
    process.stdout.write(
      `${JSON.stringify({ users: USERS, requests, readUnits, seconds })}\n${JSON.stringify({
        users: AT_SIZE,
        ...atSize,
        seconds: passSeconds,
        secondsAtAllOfTheRate: atSize.requests / CALLS_PER_SECOND,
      })}\n`,
    );
    expect(passSeconds).toBeLessThan(600);
    // Keys of 105 bytes, at half a unit for 4 KB. Reading a whole row would cost a unit or more.
    expect(atSize.readUnits).toBeLessThan(AT_SIZE / 50);
  },
);
