import * as v from 'valibot';
import { REVOCATION_ID, USER_ID } from '../domain/ids.ts';

const matching = (pattern: RegExp) => v.fallback(v.optional(v.pipe(v.string(), v.regex(pattern))), undefined);

/** The form of EventBridge's event ids. Any other value is not logged, because it may be anything. */
const EVENT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** The form of API Gateway's request ids. */
const REQUEST_ID = /^[\w=+/-]{8,40}$/;

/** Only events of EventBridge have `id`. Messages of our own may have the others. */
const Ids = v.object({
  revocationId: matching(REVOCATION_ID),
  userId: matching(USER_ID),
  requestId: matching(REQUEST_ID),
  id: matching(EVENT_ID),
});

export interface MessageIds {
  revocationId?: string;
  userId?: string;
  /** The id of the API request that queued the message. */
  requestId?: string;
  eventId?: string;
}

/**
 * The ids in a message, for the log. They are read before the message is parsed, so that the log has them even if parsing fails.
 * Only values with the form of an id are returned, because bodies are never logged.
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
