import { DIRECTORY_SHARES } from '../../lambda/wiring/background.ts';
import { proof } from '../support/proof.ts';
import { measureSweep } from '../support/sweep-at-size.ts';

/** What is measured, and what is computed from it. */
const USERS = 10_000;
const AT_SIZE = 100_000;
/** By default, for the sweep and all workers together. */
const CALLS_PER_SECOND = 10;
/** As many disabled, and as many deleted: one percent of all. */
const GONE = 50;

proof(
  'One sweep over 10,000 users with a session each: whoever has left is found, by so many requests',
  async (tally) => {
    const { swept, reported, requests, readUnits, seconds } = await measureSweep(USERS, GONE);
    tally.tried = USERS;
    tally.lost = 2 * GONE - reported;
    expect(swept).toMatchObject({
      ...{ usersChecked: USERS, usersGone: 2 * GONE, usersAsked: 2 * GONE, finished: true },
      ...{ unanswered: 0, listingsFailed: 0, unreadable: 0 },
    });
    // A page for each 100 who are there, and one question for each who left.
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
    // Keys of 105 bytes at half a unit for 4 KB; a row of the table would be a unit or more.
    expect(atSize.readUnits).toBeLessThan(AT_SIZE / 50);
  },
);
