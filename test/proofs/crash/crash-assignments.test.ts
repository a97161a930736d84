import type { RevocationPage } from '../../../lambda/domain/record/read-revocation.ts';
import { assignmentDeletedEvent } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import { until } from '../../support/running-stack.ts';
import { crashEverywhere, planCrash } from './crash-points.ts';
import { type GatedStack, startGatedStack } from './gated-stack.ts';

let stacks: GatedStack[] = [];

beforeAll(async () => {
  // One will do for its few points: starting a stack takes longer than they do.
  stacks = [await startGatedStack()];
}, 60_000);
afterAll(() => Promise.all(stacks.map((stack) => stack.close())), 60_000);

const QUEUE = 'EndedAssignmentsQueue';
/** After so long the function looks again whether the assignment is still gone. */
const LOOKS_AGAIN = 61 * 60_000;
let people = 0;

function statementsOf({ running }: GatedStack, userId: string): number {
  const texts = running.stack.emulator.organizations.all().map(({ content }) => content);
  const statements: object[] = texts.flatMap((text) => JSON.parse(text).Statement);
  return statements.filter((statement) => JSON.stringify(statement).includes(userId)).length;
}

async function revocationsOf({ running }: GatedStack, userId: string): Promise<RevocationPage[]> {
  return (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations;
}

/** Has the message find the role assigned again, so that it is done and does not come back in the next attempt. */
async function finish(stack: GatedStack, principalId: string, permissionSetArn: string): Promise<void> {
  const { running } = stack;
  running.stack.assignments.assign({
    accountId: '111122223333',
    permissionSetArn,
    principalType: 'USER',
    principalId,
  });
  await until('the message is done', () => {
    const { visible, inFlight, delayed } = running.queue(QUEUE).counts();
    if (visible + inFlight + delayed === 0) return true;
    stack.pass(LOOKS_AGAIN);
    return false;
  });
}

proof(
  'A crash anywhere in denying an ended assignment: one denial, one record, once the message is back',
  (tally) =>
    crashEverywhere(stacks, tally, async (stack, point) => {
      const { running } = stack;
      people += 1;
      const { userId } = running.stack.users.create({ userName: `just-in-time-${people}` });
      const { permissionSetArn } = running.stack.assignments.permissionSets.create({ name: `Set${people}` });
      const plan = { id: 'EndAssignments', refused: ['Sweep'], makesUnsignedCalls: false as const };
      const crash = planCrash(stack, plan, point);
      await running.putEvents(assignmentDeletedEvent({ principalId: userId, permissionSetArn }));
      const isProcessed = () =>
        running.seen.some((line) => line.includes('"kind":"denied"') && line.includes(userId));
      await until('it is denied, or crashed', () => crash.isOver() || isProcessed());
      await crash.settled();
      // What the record says before the message is back is true, too.
      const told = (await revocationsOf(stack, userId)).some(({ roleSessions }) => roleSessions.deniedAt);
      const early = told && statementsOf(stack, userId) === 0 ? ['it is said to be denied'] : [];
      if (crash.isOver()) await stack.redelivered();
      await until('it is on the record', async () => {
        await stack.reconciled();
        return (await revocationsOf(stack, userId)).some(({ status }) => status === 'COMPLETED');
      });
      const revocations = (await revocationsOf(stack, userId)).length;
      const statements = statementsOf(stack, userId);
      await finish(stack, userId, permissionSetArn);
      await stack.tables.forget(userId);
      const losses = [
        ...early,
        ...(revocations === 1 ? [] : [`${revocations} revocations`]),
        ...(statements === 1 ? [] : [`${statements} statements`]),
      ];
      return { crash, losses };
    }),
);
