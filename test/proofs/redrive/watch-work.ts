import type { RunningStack } from '../../support/running-stack.ts';

/**
 * Follows the workers' queues from now on.
 *
 * @returns whether the workers have nothing to do until time passes: no message is visible or being processed. SQS
 * counts waiting messages as in flight, too
 */
export function watchWork({ stack }: RunningStack): () => boolean {
  const queues = stack.emulator.queues.all().filter(({ settings }) => settings.redrive);
  /** Receipt handles of messages that are processed. */
  const worked = new Set<string>();
  for (const queue of queues) {
    const { receive, changeVisibility } = queue;
    const remove = queue.delete;
    queue.receive = (max, seconds) => {
      const received = receive(max, seconds);
      for (const { receiptHandle } of received) worked.add(receiptHandle);
      return received;
    };
    queue.changeVisibility = (handle, seconds) => {
      worked.delete(handle);
      return changeVisibility(handle, seconds);
    };
    queue.delete = (handle) => {
      worked.delete(handle);
      return remove(handle);
    };
  }
  return () => worked.size === 0 && queues.every((queue) => queue.counts().visible === 0);
}
