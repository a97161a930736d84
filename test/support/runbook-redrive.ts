import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningStack } from './running-stack.ts';
import { assembly } from './synth.ts';

/** The prefix of each queue's outputs. */
export type WorkQueue = 'Removals' | 'Bulk' | 'Reports' | 'AccessRemovals';

type Output = { Value: { 'Fn::GetAtt'?: [string, string] } };

/** The outputs of the template. Read during a test, because the stack is synthesized before. */
export function outputs(): Record<string, Output> {
  return JSON.parse(readFileSync(join(assembly, 'SessionRevocation.template.json'), 'utf8')).Outputs;
}

/** The ARN that CloudFormation would print for an output of the stack. */
export function arnFrom({ stack }: RunningStack, output: string): string {
  const [logicalId = '', attribute] = outputs()[output]?.Value['Fn::GetAtt'] ?? [];
  const queue = stack.queues[logicalId];
  if (!queue || attribute !== 'Arn') throw new Error(`Output ${output} is not the ARN of a queue.`);
  return queue.arn;
}

/** The parameters of the runbook's command for one of the queues. */
export function redriveOfRunbook(running: RunningStack, of: WorkQueue = 'Removals'): Record<string, string> {
  const runbook = readFileSync('docs/runbook.md', 'utf8');
  const named = String.raw`"\$\(output "\$\{queue\}(\w+)"\)"`;
  const command = new RegExp(
    `aws sqs start-message-move-task --source-arn ${named} --destination-arn ${named}`,
  );
  const [, source = '', destination = ''] = command.exec(runbook) ?? [];
  const arn = (output: string) => arnFrom(running, `${of}${output}`);
  return { SourceArn: arn(source), DestinationArn: arn(destination) };
}

/** Redrives the dead-letter queue as the runbook says. */
export async function redrive(running: RunningStack, of: WorkQueue): Promise<void> {
  await running.callAws('AmazonSQS.StartMessageMoveTask', redriveOfRunbook(running, of));
}

export function deadLettersOf(running: RunningStack, of: WorkQueue) {
  return running.queue(of === 'Removals' ? 'RevocationsDeadLetters' : `${of}DeadLetters`);
}

export function workQueueOf(running: RunningStack, of: WorkQueue) {
  return running.queue(of === 'Removals' ? 'RevocationsQueue' : `${of}Queue`);
}
