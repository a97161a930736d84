import type { Cause } from '../../cause.ts';
import type { User } from '../../user.ts';

/** The sessions of this user must end. */
export interface Removal {
  kind: 'revoke';
  user: User;
  /** What the event says. A `disabled` user may have been enabled since. */
  cause: Exclude<Cause, 'signed-out'>;
  /** Present if the company's own systems sent the event. They name users of the identity store. Okta may name others, too. */
  isOwn?: true;
  reason?: string;
  /**
   * The same if the same change is reported again, but different for a later change. By default it is the id of the EventBridge
   * envelope.
   */
  eventId: string;
  /** What happened. It has no values of the event, so it may be in records and logs. */
  description: string;
}

/** The user was changed, but the event does not say how. Ask the directory: the user may be disabled or deleted. */
export interface Question {
  kind: 'ask';
  userId: string;
  /** See `Removal`. */
  eventId: string;
  description: string;
}

/** The user was enabled. If the directory confirms that, denials of a removal are lifted. */
export interface Return {
  kind: 'return';
  userId: string;
  description: string;
}

/** Nothing is to be done. `why` is one sentence, which may be in logs. */
export interface Ignored {
  kind: 'ignore';
  why: string;
}

/** The event cannot be understood, and a retry cannot help. The message is dead-lettered, so that somebody looks at it. */
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

/** An event of AWS about a user who cannot be identified. It may be a removal, so it is not ignored. */
export function unreadable(what: string): Malformed {
  return {
    kind: 'malformed',
    why: `${what} holds no readable user id. Tell the developers where AWS names the user.`,
  };
}

/** Logs may hold the names of calls and services. Any other value of an event may be personal, so it is replaced. */
export function named(name: unknown, otherwise: string): string {
  return typeof name === 'string' && /^[\w.:-]{1,64}$/.test(name) ? name : otherwise;
}
