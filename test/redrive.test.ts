import { userRemovedEvent } from './support/events.ts';
import { arnFrom, deadLettersOf, outputs, redriveOfRunbook, workQueueOf } from './support/runbook-redrive.ts';
import { type RunningStack, start, until } from './support/running-stack.ts';

let running: RunningStack;

beforeAll(async () => {
  running = await start();
}, 30_000);
afterAll(() => running.close());

const deadLetters = () => deadLettersOf(running, 'Removals');
const statusOf = async (userId: string) =>
  (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations[0]?.status;

test("the runbook's command redrives a removal event that EventBridge could not deliver", async () => {
  const { userId, file } = await running.register('undelivered@example.com');
  running.stack.emulator.faults.set({ operation: 'delivery', fault: 'fail', times: 1 });
  await running.putEvents(userRemovedEvent({ userId }));
  await until('it is in the dead-letter queue', () => deadLetters().counts().visible === 1);
  expect(running.stack.emulator.signIns.userOf(file.accessToken)).toBeDefined();

  await running.callAws('AmazonSQS.StartMessageMoveTask', redriveOfRunbook(running));

  await until('it is completed', async () => (await statusOf(userId)) === 'COMPLETED');
  expect(running.stack.emulator.signIns.userOf(file.accessToken)).toBeUndefined();
  expect(deadLetters().counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

test('without a destination, the redrive of an undelivered event fails, because SQS does not know its source queue', async () => {
  const { userId } = await running.register('unknown-source@example.com');
  running.stack.emulator.faults.set({ operation: 'delivery', fault: 'fail', times: 1 });
  await running.putEvents(userRemovedEvent({ userId }));
  await until('it is in the dead-letter queue', () => deadLetters().counts().visible === 1);
  const { SourceArn } = redriveOfRunbook(running);
  await running.callAws('AmazonSQS.StartMessageMoveTask', { SourceArn });
  expect(await running.callAws('AmazonSQS.ListMessageMoveTasks', { SourceArn })).toMatchObject({
    Results: [{ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' }],
  });
  expect(deadLetters().counts().visible).toBe(1);
});

test.each(['Removals', 'Bulk', 'Reports', 'AccessRemovals'] as const)(
  'the outputs have the ARNs and the URL that a redrive of the %s queue needs',
  (name) => {
    const arns = [workQueueOf(running, name).arn, deadLettersOf(running, name).arn];
    expect(
      [`${name}QueueArn`, `${name}DeadLetterQueueArn`].map((output) => arnFrom(running, output)),
    ).toEqual(arns);
    expect(outputs()).toHaveProperty(`${name}DeadLetterQueueUrl`);
  },
);
