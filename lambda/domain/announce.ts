import type { OutgoingEventName } from './outgoing-event.ts';
import type { NoticeQueue } from './ports.ts';

/**
 * Announces events of a revocation. Nothing where the stack sends none. Whoever announces must not be done before: a crash in
 * between has to be repeated.
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
