import { randomUUID } from 'node:crypto';
import type { Clock } from '../../ground/clock.ts';
import type { Message } from './message.ts';
import { createQueue, type Queue, type QueueSettings } from './queue.ts';

/** All queues of the local run. */
export interface Queues {
  define(settings: QueueSettings): Queue;
  /** @param url - Only the name in it counts, so that a queue can be reached at any address. */
  byUrl(url: string): Queue | undefined;
  byArn(arn: string): Queue | undefined;
  readonly all: () => readonly Queue[];
  /**
   * Moves a dead-letter queue's messages to the destination, or back to the queues they came from, as new messages.
   *
   * @returns how many were moved, and how many stay because they came from no queue
   */
  redrive(deadLetters: Queue, destination?: Queue): { moved: number; failed: number };
}

/** Keeps the queues in memory. Without its dead-letter queue, a message would be lost: the template's reader refuses such a queue. */
export function createQueues(clock: Clock): Queues {
  const [names, arns] = [new Map<string, Queue>(), new Map<string, Queue>()];
  return {
    define(settings) {
      const bury = (message: Message) => arns.get(settings.redrive?.deadLetterArn ?? '')?.accept(message);
      const queue = createQueue(settings, clock, bury);
      names.set(settings.name, queue);
      arns.set(settings.arn, queue);
      return queue;
    },
    byUrl: (url) => names.get(url.slice(url.lastIndexOf('/') + 1)),
    byArn: (arn) => arns.get(arn),
    all: () => [...names.values()],
    redrive(deadLetters, destination) {
      let moved = 0;
      const stuck: string[] = [];
      for (const { body, attributes, deadLetterOf, receiptHandle, fifo } of takeAll(deadLetters)) {
        const target = destination ?? arns.get(deadLetterOf ?? '');
        if (target) {
          // With its old id, the message could count as a duplicate of itself.
          const place = fifo && { groupId: fifo.groupId, deduplicationId: randomUUID() };
          target.send(body, { attributes, ...place });
          deadLetters.delete(receiptHandle);
          moved += 1;
        } else stuck.push(receiptHandle);
      }
      for (const handle of stuck) deadLetters.changeVisibility(handle, 0);
      return { moved, failed: stuck.length };
    },
  };
}

function takeAll(queue: Queue) {
  return queue.receive(queue.counts().visible);
}
