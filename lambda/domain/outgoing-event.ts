/** The `source` of every event that we send. No rule of ours matches it. The stack's `eventSource` must differ from it. */
export const OUTGOING_SOURCE = 'session-revocation';

/** Detail types of the events that we send: docs/events.md. */
export const OUTGOING_EVENTS = [
  'Revocation Completed',
  'Revocation Failed',
  'Role Sessions Denied',
  'Access Removed',
  'Session Refused',
] as const;
export type OutgoingEventName = (typeof OUTGOING_EVENTS)[number];

/** Holds only ids, counts and times. It has no names, reasons or requesters: anybody with a rule on the bus can read it. */
export interface OutgoingEvent {
  name: OutgoingEventName;
  detail: Readonly<Record<string, unknown>> & { eventId: string; revocationId: string };
}
