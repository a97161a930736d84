import { userRemovedEvent } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import { losses } from './aftermath.ts';
import { crashEverywhere, planCrash } from './crash-points.ts';
import { type GatedStack, startGatedStacks } from './gated-stack.ts';
import { aftermathOf, lostAnswers, newPerson } from './people.ts';

let stacks: GatedStack[] = [];

beforeAll(async () => {
  stacks = await startGatedStacks();
}, 60_000);
afterAll(() => Promise.all(stacks.map((stack) => stack.close())), 60_000);

/** Enough for two pages. */
const SESSIONS = { live: 25, expired: 3, dead: 2 };

proof(
  "if a worker crashes anywhere in ending a user's sessions, the queue completes the revocation",
  (tally) =>
    crashEverywhere(stacks, tally, async (stack, point) => {
      const { running, tables } = stack;
      const person = await newPerson(stack, SESSIONS);
      // The sweep would help. This proof allows only the queue.
      const crash = planCrash(stack, { id: 'Worker', refused: ['Sweep'] }, point);
      await running.putEvents(userRemovedEvent({ userId: person.userId }));
      await stack.worked(crash.isOver);
      await crash.settled();
      const lost = await lostAnswers(stack, person, crash);
      if (crash.isOver()) await stack.redelivered();
      await stack.worked();
      await stack.reconciled();
      const aftermath = await aftermathOf(stack, person, lost);
      await tables.forget(person.userId);
      return { crash, losses: losses(aftermath) };
    }),
);
