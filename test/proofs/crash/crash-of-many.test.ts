import { proof } from '../../support/proof.ts';
import { bestOf, losses } from './aftermath.ts';
import { type CrashPlan, crashEverywhere, planCrash } from './crash-points.ts';
import { type GatedStack, REDELIVERY_MILLIS, startGatedStacks } from './gated-stack.ts';
import { aftermathOf, isAlive, lostAnswers, newPerson, type Person } from './people.ts';

let stacks: GatedStack[] = [];
let strangers = 0;

/** More rows than a scan's page has, so that it takes several; fences, as of people who have no sessions. */
async function fillPages({ tables }: GatedStack): Promise<void> {
  const row = () => ({ userId: `stranger-${strangers++}`, sessionId: '#FENCE', expiresAt: 4_000_000_000 });
  await tables.hold(Array.from({ length: 150 }, row));
}

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
}

proof("A worker's crash anywhere in revoking everyone: the queue brings it to its end", (tally) =>
  crashEverywhere(stacks, tally, async (stack, point) => {
    const { running } = stack;
    const people = await threePeople(stack);
    const crash = planCrash(stack, { id: 'Worker', refused: ['Sweep'] }, point);
    const { body } = await running.ask('POST', '/revocations/everyone', reasons);
    await stack.worked(crash.isOver);
    await crash.settled();
    const lost = await Promise.all(people.map((person) => lostAnswers(stack, person, crash)));
    if (crash.isOver()) stack.pass(REDELIVERY_MILLIS);
    await stack.worked();
    await stack.reconciled();
    const afterwards = await Promise.all(
      people.map((person, n) => aftermathOf(stack, person, lost[n] ?? new Set())),
    );
    const everyone = (await running.ask('GET', `/revocations/${body.revocationId}`)).body;
    await forget(stack, people);
    const { status, sessions } = everyone;
    const isRight =
      status === 'COMPLETED' && sessions.found === 6 && sessions.pending + sessions.failed === 0;
    const ofAll = isRight ? [] : [`the revocation of everyone is ${status}: ${JSON.stringify(sessions)}`];
    return { crash, losses: [...ofAll, ...afterwards.flatMap(losses)] };
  }),
);

proof('POST /revocations/everyone: a crash anywhere, and the request again', (tally) =>
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
    // There may be two revocations of each person, whose workers were not told of each other.
    return { crash, losses: [...refused, ...afterwards.map(bestOf).flatMap(losses)] };
  }),
);

proof('A crash anywhere in a sweep, and the next sweep: whoever has left is revoked', (tally) =>
  crashEverywhere(stacks, tally, async (stack, point) => {
    const { running, tables } = stack;
    const [disabled, deleted, slippedIn, stuck, stays] = await Promise.all(
      Array.from({ length: 5 }, () => newPerson(stack, { live: 1 })),
    );
    if (!disabled || !deleted || !slippedIn || !stuck || !stays) throw new Error('Somebody is missing.');
    running.stack.users.disable(disabled.userId);
    running.stack.users.delete(deleted.userId);
    await tables.hold([
      { userId: slippedIn.userId, sessionId: '#FENCE', expiresAt: Math.ceil(Date.now() / 1000) + 300 },
      stuckJob(stuck.userId),
    ]);
    const crash = planCrash(stack, { id: 'Sweep', makesUnsignedCalls: false }, point);
    const sweep = async () => {
      for (const id of running.stack.schedules.logicalIds) await running.stack.schedules.run(id);
    };
    await sweep();
    await crash.settled();
    await sweep();
    await stack.worked();
    await stack.reconciled();
    const left = [disabled, deleted, slippedIn, stuck];
    const afterwards = await Promise.all(left.map((person) => aftermathOf(stack, person, new Set())));
    const isSpared = stays.sessions.every(({ file }) => isAlive(stack, file));
    await forget(stack, [...left, stays]);
    const wrong = isSpared ? [] : ['somebody who stays is signed out'];
    return { crash, losses: [...wrong, ...afterwards.map(bestOf).flatMap(losses)] };
  }),
);

/** The note of a revocation whose message was lost. */
function stuckJob(userId: string): object {
  const revocationId = `stuck-${userId}`.padEnd(43, '-').slice(0, 43);
  const requestedAt = new Date(Date.now() - 3_600_000).toISOString();
  const job = {
    kind: 'revoke-user',
    revocationId,
    source: 'event',
    requestedBy: 'an event',
    requestedAt,
    userId,
    cause: 'removed',
  };
  return { userId, sessionId: `#JOB#${revocationId}`, job: JSON.stringify(job), begunAt: requestedAt };
}
