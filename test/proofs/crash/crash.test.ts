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

/** Two pages of them. */
const SESSIONS = { live: 25, expired: 3, dead: 2 };

proof("A worker's crash anywhere in ending a user's sessions: the queue brings it to its end", (tally) =>
  crashEverywhere(stacks, tally, async (stack, point) => {
    const { running, tables } = stack;
    const person = await newPerson(stack, SESSIONS);
    // The sweep would help out; it is to be the queue alone.
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
