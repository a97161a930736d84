/** `source` of every event that we send. No rule of ours matches it, and `eventSource` must be another one. */
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

/** Ids, counts and times only. Names, reasons and requesters are left out: anybody with a rule on the bus can read the event. */
export interface OutgoingEvent {
  name: OutgoingEventName;
  detail: Readonly<Record<string, unknown>> & { eventId: string; revocationId: string };
}
