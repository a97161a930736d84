import { EVERYONE as DENIED_EVERYONE } from '../../../lambda/domain/denial.ts';
import { proof } from '../../support/proof.ts';
import { bestOf, losses } from './aftermath.ts';
import { type CrashPlan, crashEverywhere, planCrash } from './crash-points.ts';
import { fillPages } from './fences.ts';
import { type GatedStack, startGatedStacks } from './gated-stack.ts';
import { aftermathOf, lostAnswers, newPerson, type Person } from './people.ts';

let stacks: GatedStack[] = [];

beforeAll(async () => {
  stacks = await startGatedStacks();
  await Promise.all(stacks.map(fillPages));
}, 60_000);
afterAll(() => Promise.all(stacks.map((stack) => stack.close())), 60_000);

const reasons = { reason: 'breach' };

async function threePeople(stack: GatedStack): Promise<Person[]> {
  const first = await newPerson(stack, { live: 2, dead: 1 });
  return [first, await newPerson(stack, { live: 2 }), await newPerson(stack, { live: 1 })];
}

async function forget({ tables }: GatedStack, people: Person[]): Promise<void> {
  await Promise.all(people.map(({ userId }) => tables.forget(userId)));
  await tables.forgetDenials(DENIED_EVERYONE);
}

proof('if a worker crashes anywhere in revoking everyone, the queue completes the revocation', (tally) =>
  crashEverywhere(stacks, tally, async (stack, point) => {
    const { running } = stack;
    const people = await threePeople(stack);
    const crash = planCrash(stack, { id: 'Worker', refused: ['Sweep'] }, point);
    const { body } = await running.ask('POST', '/revocations/everyone', reasons);
    await stack.worked(crash.isOver);
    await crash.settled();
    const lost = await Promise.all(people.map((person) => lostAnswers(stack, person, crash)));
    if (crash.isOver()) await stack.redelivered();
    await stack.worked();
    await stack.reconciled();
    const afterwards = await Promise.all(
      people.map((person, n) => aftermathOf(stack, person, lost[n] ?? new Set())),
    );
    const everyone = (await running.ask('GET', `/revocations/${body.revocationId}`)).body;
    await forget(stack, people);
    const { status, sessions, roleSessions } = everyone;
    const left = (await stack.tables.notes(body.revocationId)).map(() => 'it is noted as under way');
    const isRight =
      status === 'COMPLETED' && sessions.found === 6 && sessions.pending + sessions.failed === 0;
    const ofAll = isRight ? [] : [`the revocation of everyone is ${status}: ${JSON.stringify(sessions)}`];
    const denied = roleSessions.deniedAt ? [] : ['its record does not say that everyone is denied'];
    return { crash, losses: [...ofAll, ...denied, ...left, ...afterwards.flatMap(losses)] };
  }),
);

proof('if POST /revocations/everyone crashes anywhere, repeating it signs everyone out', (tally) =>
  crashEverywhere(stacks, tally, async (stack, point) => {
    const people = await threePeople(stack);
    const plan: CrashPlan = { id: 'RevokeEveryone', refused: ['Sweep'], makesUnsignedCalls: false };
    const crash = planCrash(stack, plan, point);
    await stack.running.ask('POST', '/revocations/everyone', reasons);
    await crash.settled();
    const { status } = await stack.running.ask('POST', '/revocations/everyone', reasons);
    await stack.worked();
    await stack.reconciled();
    const afterwards = await Promise.all(people.map((person) => aftermathOf(stack, person, new Set())));
    await forget(stack, people);
    const refused = status === 202 ? [] : [`the repetition is answered ${status}`];
    // There may be two revocations of each person, and the workers of one do not know of the other.
    return { crash, losses: [...refused, ...afterwards.map(bestOf).flatMap(losses)] };
  }),
);
