import type { OutgoingEventName } from './outgoing-event.ts';
import type { NoticeQueue } from './ports.ts';

/**
 * Announces events of a revocation; does nothing if the stack sends no events. Call it before the work counts as done:
 * otherwise a crash in between would lose the event.
 *
 * @throws DomainError `queue-unavailable`
 */
export async function announce(
  notices: NoticeQueue | undefined,
  revocationId: string,
  events: readonly OutgoingEventName[],
  signal: AbortSignal,
): Promise<void> {
  await notices?.send(
    events.map((event) => ({ kind: 'tell', event, revocationId })),
    signal,
  );
}
