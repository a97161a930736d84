import * as v from 'valibot';
import { REVOCATION_ID } from './ids.ts';
import { OUTGOING_EVENTS } from './outgoing-event.ts';

/** A message that an event may have to be sent. The record decides whether it is sent, and what it says. */
export const Notice = v.object({
  kind: v.literal('tell'),
  event: v.picklist(OUTGOING_EVENTS),
  revocationId: v.pipe(v.string(), v.regex(REVOCATION_ID)),
});

export type Notice = v.InferOutput<typeof Notice>;
