import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';
import { createResolver } from '../../../../local/template/intrinsics.ts';
import { describeStack } from '../../../../local/template/stack-description.ts';
import { arnOf, assemblyOf } from '../../template/assembly-of.ts';

let emulator: Emulators;
beforeEach(async () => {
  emulator = await startEmulators();
});
afterEach(() => emulator.close());

const queues = Object.fromEntries(
  Array.from({ length: 130 }, (_, index) => [`Queue${index}`, { Type: 'AWS::SQS::Queue' }]),
);

function describeIt() {
  const assembly = {
    ...assemblyOf({ ...queues, Topic: { Type: 'AWS::SNS::Topic' } }),
    outputs: new Map<string, unknown>([
      ['QueueArn', arnOf('Queue7')],
      ['TopicArn', arnOf('Topic')],
    ]),
  };
  emulator.stacks.push(describeStack(assembly, createResolver(assembly, 'us-east-1')));
}

async function call(Action: string, more: Record<string, string> = {}) {
  const form = new URLSearchParams({ Action, Version: '2010-05-15', StackName: 'Stack', ...more });
  const response = await fetch(emulator.url, { method: 'POST', body: form });
  return { status: response.status, text: await response.text() };
}

test('a stack is described with its outputs, except those of resources that the local run leaves out', async () => {
  describeIt();
  const { text } = await call('DescribeStacks');
  expect(text).toContain(
    '<Outputs><member><OutputKey>QueueArn</OutputKey><OutputValue>arn:aws:sqs:us-east-1:000000000000:Queue7</OutputValue></member></Outputs>',
  );
});

test('resources come in pages of a hundred, each with its physical name', async () => {
  describeIt();
  const first = await call('ListStackResources');
  const [, NextToken = ''] = /<NextToken>(.+?)<\/NextToken>/.exec(first.text) ?? [];
  const second = await call('ListStackResources', { NextToken });
  const listed = [first, second].map(({ text }) => text.split('<ResourceType>').length - 1);
  expect(listed).toEqual([100, 31]);
  expect(second.text).not.toContain('<NextToken>');
  expect(first.text + second.text).toContain(
    '<PhysicalResourceId>http://localhost/000000000000/Queue7</PhysicalResourceId>',
  );
});

test('an unknown stack is an error', async () => {
  const { status, text } = await call('DescribeStacks');
  expect([status, text]).toEqual([400, expect.stringContaining('Stack with id Stack does not exist')]);
});
