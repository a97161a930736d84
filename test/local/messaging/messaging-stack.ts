import type { BusEvent } from '../../../local/emulators/events/events.ts';
import { createFaults } from '../../../local/emulators/ground/faults.ts';
import { createQueues } from '../../../local/emulators/sqs/queues.ts';
import { describeMessaging } from '../../../local/messaging/messaging.ts';
import { createResolver } from '../../../local/template/intrinsics.ts';
import { defineQueues } from '../../../local/template/stack-queues.ts';
import { arnOf, assemblyOf, type Resources } from '../template/assembly-of.ts';

/**
 * A queue with its dead-letter queue, a function that reads it, a rule that sends to it, and a dead-letter queue of the
 * rule.
 */
export const resources = {
  Fn: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 10 } },
  Dead: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
  RuleDead: { Type: 'AWS::SQS::Queue' },
  Jobs: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 2 },
    },
  },
  Policy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'Jobs' }, { Ref: 'RuleDead' }],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: ['sqs:SendMessage', 'sqs:GetQueueUrl'],
            Resource: [arnOf('Jobs'), arnOf('RuleDead')],
            Condition: { ArnEquals: { 'aws:SourceArn': arnOf('Rule') } },
          },
          {
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 'sqs:*',
            Resource: arnOf('Jobs'),
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
  },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: arnOf('Jobs'),
      FunctionName: { Ref: 'Fn' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    },
  },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: { 'detail-type': ['User Removed'] },
      State: 'ENABLED',
      Targets: [{ Id: 'T', Arn: arnOf('Jobs'), DeadLetterConfig: { Arn: arnOf('RuleDead') } }],
    },
  },
  Sweep: {
    Type: 'AWS::Events::Rule',
    Properties: { ScheduleExpression: 'rate(15 minutes)', Targets: [{ Id: 'T', Arn: arnOf('Fn') }] },
  },
  SweepPermission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: arnOf('Fn'),
      Principal: 'events.amazonaws.com',
      SourceArn: arnOf('Sweep'),
    },
  },
} satisfies Resources;

export type Invoke = (functionId: string, event: unknown, trace?: string) => Promise<unknown>;

/** The queues, rules and schedules of a template, with a function that the test plays and a clock that it sets. */
export function startMessaging(changes: Resources, invoke: Invoke) {
  const time = { now: Date.UTC(2026, 0, 2, 3, 4, 5) };
  const clock = () => time.now;
  const queues = createQueues(clock);
  const faults = createFaults();
  const lines: string[] = [];
  const output = (line: string) => void lines.push(line);
  const assembly = assemblyOf({ ...resources, ...changes });
  const resolver = createResolver(assembly, 'eu-west-1', 'http://localhost:3000');
  const named = defineQueues(assembly, resolver, queues);
  const described = describeMessaging({ assembly, resolver, queues, faults, clock, output });
  const running = described.start(invoke);
  const queue = (id: string) => {
    const found = queues.byArn(named[id]?.arn ?? '');
    if (!found) throw new Error(`There is no queue ${id}.`);
    return found;
  };
  return { ...running, time, named, queue, faults, lines };
}

/** Lets pending work proceed without the clock until the condition holds. A test that waits in vain fails. */
export async function until(condition: () => boolean): Promise<void> {
  const givenUp = performance.now() + 4000;
  while (!condition()) {
    if (performance.now() > givenUp) throw new Error('What the test waits for does not happen.');
    await new Promise(setImmediate);
  }
}

/** An event of the default bus. */
export const userRemoved: BusEvent = {
  version: '0',
  id: '6b2f0f5c-0000-4000-8000-000000000000',
  'detail-type': 'User Removed',
  source: 'offboarding',
  account: '000000000000',
  time: '2026-01-02T03:04:05Z',
  region: 'eu-west-1',
  resources: [],
  detail: { userId: 'u', nested: { reason: 'left' } },
};
