import { type Deadline, untilAnswer } from '../deadline.ts';
import { parseAs } from '../message.ts';
import { Notice } from '../notice.ts';
import type { OutgoingEventName } from '../outgoing-event.ts';
import type { Clock, EventBus } from '../ports.ts';
import type { RevocationRecords } from '../stores.ts';
import { eventOf, isOverOtherwise } from './outgoing.ts';

/**
 * How often the record of a notice is looked up: for more than two and a half minutes. The invocation that announced it cannot
 * last that long. So what is not recorded by then was not carried out, and its repetition announces it again.
 */
const LOOKS = 6;

export interface TellDeps {
  clock: Clock;
  records: Pick<RevocationRecords, 'read'>;
  bus: EventBus;
}

/**
 * - `told`: the event bus accepted the event
 * - `waiting`: the record does not say yet that the event happened; the notice is retried
 * - `ignored`: the record does not say so, and will not
 */
export interface Told {
  kind: 'told' | 'waiting' | 'ignored';
  revocationId: string;
  what: OutgoingEventName;
}

/**
 * Sends the event that a notice announces, if the record says that it happened. A notice may arrive before its record is written.
 * It may also arrive more than once: then the same event is sent again.
 *
 * @param receiveCount - how often the notice was received, this time included
 * @throws DomainError `message-malformed`: a retry cannot help. `events-unavailable`, `store-unavailable`: retry
 */
export async function tell(
  { clock, records, bus }: TellDeps,
  body: string,
  deadline: Deadline,
  { receiveCount }: { receiveCount: number },
): Promise<Told> {
  const { revocationId, event: what } = parseAs(Notice, 'notices', body);
  const signal = untilAnswer(deadline);
  const recorded = await records.read(revocationId, signal);
  const event = eventOf(what, recorded, clock());
  if (event) {
    await bus.put(event, signal);
    return { kind: 'told', revocationId, what: event.name };
  }
  const isOver = receiveCount >= LOOKS || isOverOtherwise(what, recorded, clock());
  return { kind: isOver ? 'ignored' : 'waiting', revocationId, what };
}
