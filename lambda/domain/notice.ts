import * as v from 'valibot';
import { REVOCATION_ID } from './ids.ts';
import { OUTGOING_EVENTS } from './outgoing-event.ts';

/** That an event may have to be sent. No more than where to look: the record says whether it happened, and what it holds. */
export const Notice = v.object({
  kind: v.literal('tell'),
  event: v.picklist(OUTGOING_EVENTS),
  revocationId: v.pipe(v.string(), v.regex(REVOCATION_ID)),
});

export type Notice = v.InferOutput<typeof Notice>;
