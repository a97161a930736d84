import type { Cause } from '../../cause.ts';
import type { User } from '../../user.ts';

/** The sessions of this user must end. */
export interface Removal {
  kind: 'revoke';
  user: User;
  /** As far as the event tells; the directory may have enabled a `disabled` user since. */
  cause: Exclude<Cause, 'signed-out'>;
  /** Sent by our own systems, which mean people of the identity store. Most people of an Okta are nobody there. */
  isOwn?: true;
  reason?: string;
  /** The same each time the same thing is told, and of no later one: by default the id in the envelope of EventBridge. */
  eventId: string;
  /** What happened, without values of the event: fit for records and logs. */
  description: string;
}

/** The user was changed, and the event does not say how: ask the directory. Disabled or deleted means revoke. */
export interface Question {
  kind: 'ask';
  userId: string;
  /** As of a removal. */
  eventId: string;
  description: string;
}

/** The user was enabled: what was denied for the removal may be lifted, if the directory agrees. */
export interface Return {
  kind: 'return';
  userId: string;
  description: string;
}

/** Nothing to do. `why` is one sentence, fit for logs. */
export interface Ignored {
  kind: 'ignore';
  why: string;
}

/** Nobody sends such a thing on purpose, and delivering it again will not help: a message for the dead-letter queue. */
export interface Malformed {
  kind: 'malformed';
  why: string;
}

export type EventDecision = Removal | Question | Return | Ignored | Malformed;

export function revoke(eventId: string, user: User, description: string, cause: Removal['cause']): Removal {
  return { kind: 'revoke', user, cause, eventId, description };
}

export function ignore(why: string): Ignored {
  return { kind: 'ignore', why };
}

/** An event of AWS about a user that does not say whom. It may be a removal, so it must not go unnoticed. */
export function unreadable(what: string): Malformed {
  return {
    kind: 'malformed',
    why: `${what} holds no readable user id. Tell the developers where AWS names the user.`,
  };
}

/** Logs may hold names of calls and services. Other values of an event may be personal. */
export function named(name: unknown, otherwise: string): string {
  return typeof name === 'string' && /^[\w.:-]{1,64}$/.test(name) ? name : otherwise;
}
