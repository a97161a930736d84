import * as v from 'valibot';
import { DomainError } from './errors.ts';

/** Parses a message of any kind. @throws DomainError `message-malformed`: it is not JSON */
export function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new DomainError('message-malformed', 'The message is no JSON.');
  }
}

/**
 * Parses a message of a queue that takes only one kind.
 *
 * @param queue - what the queue holds, for the error
 * @throws DomainError `message-malformed`
 */
export function parseAs<S extends v.GenericSchema>(schema: S, queue: string, body: string): v.InferOutput<S> {
  const message = v.safeParse(schema, parse(body));
  if (message.success) return message.output;
  throw new DomainError('message-malformed', `The queue of ${queue} takes no such message.`);
}
