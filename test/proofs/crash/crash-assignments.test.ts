import type { RevocationPage } from '../../../lambda/domain/record/read-revocation.ts';
import { assignmentDeletedEvent } from '../../support/events.ts';
import { proof } from '../../support/proof.ts';
import { until } from '../../support/running-stack.ts';
import { crashEverywhere, planCrash } from './crash-points.ts';
import { type GatedStack, startGatedStack } from './gated-stack.ts';

let stacks: GatedStack[] = [];

beforeAll(async () => {
  // One stack is enough for these few points: starting a stack takes longer than trying them.
  stacks = [await startGatedStack()];
}, 60_000);
afterAll(() => Promise.all(stacks.map((stack) => stack.close())), 60_000);

const QUEUE = 'EndedAssignmentsQueue';
/** The function checks after this time whether the assignment is still gone. */
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

/** Assigns the role again, so that the message finds it, is done, and does not return in the next attempt. */
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
  'if denying an ended assignment crashes anywhere, the redelivered message leaves one denial and one record',
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
      // The record must already be true before the message returns.
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
