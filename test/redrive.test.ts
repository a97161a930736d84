import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { userRemovedEvent } from './support/events.ts';
import { type RunningStack, start, until } from './support/running-stack.ts';
import { assembly } from './support/synth.ts';

let running: RunningStack;

beforeAll(async () => {
  running = await start();
}, 30_000);
afterAll(() => running.close());

type Output = { Value: { 'Fn::GetAtt'?: [string, string] } };
const outputs: Record<string, Output> = JSON.parse(
  readFileSync(join(assembly, 'SessionRevocation.template.json'), 'utf8'),
).Outputs;

/** The ARN that CloudFormation would print for an output of the stack. */
function arnFrom(output: string): string {
  const [logicalId = '', attribute] = outputs[output]?.Value['Fn::GetAtt'] ?? [];
  const queue = running.stack.queues[logicalId];
  if (!queue || attribute !== 'Arn') throw new Error(`Output ${output} is not the ARN of a queue.`);
  return queue.arn;
}

/** The parameters of the README's command, with the outputs that it names. */
function redriveOfReadme(): Record<string, string> {
  const readme = readFileSync('README.md', 'utf8').replaceAll(/\\\n\s*/g, ' ');
  const command = /aws sqs start-message-move-task --source-arn <(\w+)> --destination-arn <(\w+)>/;
  const [, source = '', destination = ''] = command.exec(readme) ?? [];
  return { SourceArn: arnFrom(source), DestinationArn: arnFrom(destination) };
}

const deadLetters = () => running.queue('RevocationsDeadLetters');
const statusOf = async (userId: string) =>
  (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations[0]?.status;

test('a removal event that EventBridge could not deliver is redriven by the command of the README', async () => {
  const { userId, file } = await running.register('undelivered@example.com');
  running.stack.emulator.faults.set({ operation: 'delivery', fault: 'fail', times: 1 });
  await running.putEvents(userRemovedEvent({ userId }));
  await until('it is in the dead-letter queue', () => deadLetters().counts().visible === 1);
  expect(running.stack.emulator.signIns.userOf(file.accessToken)).toBeDefined();

  await running.callAws('AmazonSQS.StartMessageMoveTask', redriveOfReadme());

  await until('it is completed', async () => (await statusOf(userId)) === 'COMPLETED');
  expect(running.stack.emulator.signIns.userOf(file.accessToken)).toBeUndefined();
  expect(deadLetters().counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

test('without a destination, SQS cannot tell where an undelivered event came from, and leaves it', async () => {
  const { userId } = await running.register('unknown-source@example.com');
  running.stack.emulator.faults.set({ operation: 'delivery', fault: 'fail', times: 1 });
  await running.putEvents(userRemovedEvent({ userId }));
  await until('it is in the dead-letter queue', () => deadLetters().counts().visible === 1);
  const { SourceArn } = redriveOfReadme();
  await running.callAws('AmazonSQS.StartMessageMoveTask', { SourceArn });
  expect(await running.callAws('AmazonSQS.ListMessageMoveTasks', { SourceArn })).toMatchObject({
    Results: [{ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' }],
  });
  expect(deadLetters().counts().visible).toBe(1);
});

test.each(['Removals', 'Bulk', 'Reports'])(
  'the outputs have what a redrive of the %s queue needs',
  (name) => {
    const queue = running.queue(name === 'Removals' ? 'RevocationsQueue' : `${name}Queue`);
    const dead = running.queue(name === 'Removals' ? 'RevocationsDeadLetters' : `${name}DeadLetters`);
    expect([arnFrom(`${name}QueueArn`), arnFrom(`${name}DeadLetterQueueArn`)]).toEqual([queue.arn, dead.arn]);
    expect(outputs).toHaveProperty(`${name}DeadLetterQueueUrl`);
  },
);
