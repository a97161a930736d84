import { userRemovedEvent } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import { crashEverywhere, planCrash } from './crash-points.ts';
import { type GatedStack, startGatedStacks } from './gated-stack.ts';
import { type Person, revocationsOf, signedIn } from './people.ts';

let stacks: GatedStack[] = [];

beforeAll(async () => {
  stacks = await startGatedStacks();
}, 60_000);
afterAll(() => Promise.all(stacks.map((stack) => stack.close())), 60_000);

/** Longer than the visibility timeout of the queue that wakes the reconciler, and than its deduplication interval. */
const COMING_BACK = 6 * 60_000;

function policies({ running }: GatedStack): string {
  return running.stack.emulator.organizations
    .all()
    .map(({ content }) => content)
    .join();
}

async function remove(stack: GatedStack, ...people: Person[]): Promise<void> {
  await stack.running.putEvents(...people.map(({ userId }) => userRemovedEvent({ userId })));
  await stack.worked();
}

async function lift({ running }: GatedStack, { userId }: Person): Promise<void> {
  expect((await running.ask('DELETE', `/deny-list/${userId}`)).status).toBe(202);
}

/**
 * Checks record and policy of people whose denial is not lifted. The record may never say denied if the policy does not
 * deny.
 */
async function untrue(stack: GatedStack, people: Person[]): Promise<string[]> {
  const found = people.map(async (person) => {
    const told = (await revocationsOf(stack, person)).some(({ roleSessions }) => roleSessions.deniedAt);
    return told && !policies(stack).includes(person.userId)
      ? [`${person.userName} is said to be denied`]
      : [];
  });
  return (await Promise.all(found)).flat();
}

async function unsettled(stack: GatedStack, person: Person, shouldBeDenied: boolean): Promise<string[]> {
  const isDenied = policies(stack).includes(person.userId);
  const told = (await revocationsOf(stack, person)).map(({ roleSessions: { deniedAt, notDenied } }) =>
    notDenied === undefined && deniedAt !== null ? 'denied' : notDenied,
  );
  const expected = shouldBeDenied ? 'denied' : 'lifted';
  return [
    ...(isDenied === shouldBeDenied ? [] : [`${person.userName} is to be ${expected}; denied: ${isDenied}`]),
    ...(told.join() === expected ? [] : [`${person.userName} is ${expected}, and recorded as ${told}`]),
  ];
}

proof(
  'if the reconciler crashes anywhere, its redelivered message makes policies and records agree',
  (tally) =>
    crashEverywhere(stacks, tally, async (stack, point) => {
      const liftedWhileDenied = signedIn(stack);
      await remove(stack, liftedWhileDenied);
      await stack.reconciled();
      const [removed, alsoRemoved, liftedAtOnce, free] = Array.from({ length: 4 }, () => signedIn(stack));
      if (!removed || !alsoRemoved || !liftedAtOnce || !free) throw new Error('Somebody is missing.');

      const plan = { id: 'Reconcile', refused: ['Sweep'], makesUnsignedCalls: false as const };
      const crash = planCrash(stack, plan, point);
      await remove(stack, removed, alsoRemoved, liftedAtOnce);
      await stack.running.post({ userId: free.userId });
      await Promise.all([liftedWhileDenied, liftedAtOnce].map((person) => lift(stack, person)));
      await stack.reconciled(crash.isOver);
      await crash.settled();
      const denied = [removed, alsoRemoved, free];
      const meanwhile = await untrue(stack, denied);

      stack.pass(COMING_BACK);
      await stack.reconciled();
      const everybody = [...denied, liftedWhileDenied, liftedAtOnce];
      const afterwards = await Promise.all(
        everybody.map((person) => unsettled(stack, person, denied.includes(person))),
      );
      await Promise.all(everybody.map(({ userId }) => stack.tables.forget(userId)));
      return { crash, losses: [...meanwhile, ...afterwards.flat()] };
    }),
);
