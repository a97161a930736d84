import { DomainError } from '../errors.ts';
import type { Pace } from '../pace.ts';
import type { Clock, Directory, DirectoryUser } from '../ports.ts';

interface Asked {
  /** When the question was sent; absent as long as it waits for its turn. */
  at?: Date;
  answer: Promise<DirectoryUser>;
}

const KEPT_MILLIS = 60_000;
const KEPT = 1_000;

/**
 * Asks the directory at this pace. A caller that gives `since` shares a pending question about the same user, or an answer of
 * the last minute. Otherwise a directory synchronization, which may send many events about one user, would use up the rate.
 */
export function pacedDirectory(directory: Directory, pace: Pace, clock: Clock): Directory {
  const asked = new Map<string, Asked>();

  async function inTurn<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      await pace(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new DomainError(
        'directory-unavailable',
        'It was not the turn of this question to the identity store in time. Send the same request again.',
        { name: 'OutOfTime' },
      );
    }
    return ask();
  }

  function ask(userId: string, signal: AbortSignal): Promise<DirectoryUser> {
    const question: Asked = {
      answer: inTurn(() => {
        question.at = clock();
        return directory.userOf(userId, signal);
      }, signal),
    };
    asked.delete(userId);
    asked.set(userId, question);
    const [oldest] = asked.keys();
    if (asked.size > KEPT && oldest !== undefined) asked.delete(oldest);
    question.answer.catch(() => asked.get(userId) === question && asked.delete(userId));
    return question.answer;
  }

  async function userOf(userId: string, signal: AbortSignal, since?: Date): Promise<DirectoryUser> {
    const known = asked.get(userId);
    return known && since && willDo(known, since, clock()) ? known.answer : ask(userId, signal);
  }

  return {
    userIdOf: (userName, signal) => inTurn(() => directory.userIdOf(userName, signal), signal),
    userOf,
    statusOf: async (userId, signal, since) => (await userOf(userId, signal, since)).status,
  };
}

function willDo({ at }: Asked, since: Date, now: Date): boolean {
  if (!at) return true;
  return at > since && now.getTime() - at.getTime() < KEPT_MILLIS;
}
