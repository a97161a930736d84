import { randomUUID } from 'node:crypto';
import type { Clock } from '../../ground/clock.ts';
import { type Handler, ServiceError } from '../ground/service.ts';
import type { Queue } from './queue.ts';
import type { Queues } from './queues.ts';
import { invalid } from './sqs-input.ts';

type Task = Readonly<Record<string, unknown>>;

/** Emulates redriving a dead-letter queue. A task is complete before StartMessageMoveTask answers. */
export function moveHandlers(queues: Queues, clock: Clock): Record<string, Handler> {
  const tasks: Task[] = [];
  return {
    StartMessageMoveTask({ SourceArn, DestinationArn }) {
      const source = find(queues, SourceArn);
      const destination = DestinationArn === undefined ? undefined : find(queues, DestinationArn);
      const sourceArn = source.settings.arn;
      if (!queues.all().some(({ settings }) => settings.redrive?.deadLetterArn === sourceArn))
        throw invalid('Source queue must be configured as a Dead Letter Queue.');
      tasks.unshift({ ...move(queues, source, destination), StartedTimestamp: clock() });
      const handle = JSON.stringify({ taskId: randomUUID(), sourceArn });
      return { TaskHandle: Buffer.from(handle).toString('base64') };
    },
    ListMessageMoveTasks({ SourceArn, MaxResults = 1 }) {
      const { arn } = find(queues, SourceArn).settings;
      return { Results: tasks.filter((task) => task.SourceArn === arn).slice(0, Number(MaxResults)) };
    },
  };
}

function move(queues: Queues, source: Queue, destination: Queue | undefined): Task {
  const toMove = source.counts().visible;
  const { moved, failed } = queues.redrive(source, destination);
  return {
    Status: failed > 0 ? 'FAILED' : 'COMPLETED',
    SourceArn: source.settings.arn,
    ...(destination && { DestinationArn: destination.settings.arn }),
    ApproximateNumberOfMessagesMoved: moved,
    ApproximateNumberOfMessagesToMove: toMove,
    ...(failed > 0 && { FailureReason: 'CouldNotDetermineMessageSource' }),
  };
}

/** @throws ServiceError ResourceNotFoundException */
function find(queues: Queues, arn: unknown): Queue {
  const queue = queues.byArn(String(arn));
  if (!queue) throw new ServiceError('ResourceNotFoundException', 'There is no queue with that ARN.');
  return queue;
}
