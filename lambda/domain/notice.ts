import * as v from 'valibot';
import { REVOCATION_ID } from './ids.ts';
import { OUTGOING_EVENTS, type OutgoingEventName } from './outgoing-event.ts';
import type { NoticeQueue } from './ports.ts';

/** That an event may have to be sent. No more than where to look: the record says whether it happened, and what it holds. */
export const Notice = v.object({
  kind: v.literal('tell'),
  event: v.picklist(OUTGOING_EVENTS),
  revocationId: v.pipe(v.string(), v.regex(REVOCATION_ID)),
});

export type Notice = v.InferOutput<typeof Notice>;

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
