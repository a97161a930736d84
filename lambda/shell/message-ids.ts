import * as v from 'valibot';
import { REVOCATION_ID, USER_ID } from '../domain/ids.ts';

const matching = (pattern: RegExp) => v.fallback(v.optional(v.pipe(v.string(), v.regex(pattern))), undefined);

/** As EventBridge makes the ids of events. Whatever else stands there is not logged: it may be anything. */
const EVENT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** As API Gateway makes those of requests. */
const REQUEST_ID = /^[\w=+/-]{8,40}$/;

/** A job says all but the last; an event of EventBridge says the last. */
const Ids = v.object({
  revocationId: matching(REVOCATION_ID),
  userId: matching(USER_ID),
  requestId: matching(REQUEST_ID),
  id: matching(EVENT_ID),
});

export interface MessageIds {
  revocationId?: string;
  userId?: string;
  /** Of the API request that asked for it. */
  requestId?: string;
  /** Of the event. */
  eventId?: string;
}

/**
 * What the log says a message is about, also if it fails before anybody has understood it. Only what has the form of an id is
 * taken, because bodies are never logged.
 */
export function idsOf(body: string): MessageIds {
  const ids = v.safeParse(Ids, parsed(body));
  if (!ids.success) return {};
  const { id: eventId, ...others } = ids.output;
  const found = { ...others, eventId };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
