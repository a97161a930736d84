import type { Calls } from '../api/calls.ts';
import type { CachedSession } from '../cache/session-file.ts';
import { Failure } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { untilOver } from '../wait.ts';
import { type Finding, ok, problem } from './finding.ts';

const MAX_WAIT_SECONDS = 120;

/** Registers, finds and ends a session of the caller, and reads the record. The session is over then. */
export async function trySession(
  machine: Machine,
  own: Pick<Calls, 'register'>,
  calls: Pick<Calls, 'sessionsOf' | 'revoke' | 'revocation'>,
  session: CachedSession,
  idempotencyKey: string,
): Promise<Finding> {
  try {
    const { sessionId, userId } = await own.register(session.body);
    const { sessions } = await calls.sessionsOf(userId);
    if (!sessions.some((held) => held.sessionId === sessionId))
      return problem('it was registered, but is not listed', 'read the logs of the stack');
    const begun = await calls.revoke({ userId }, 'icr doctor --try', idempotencyKey);
    const over = await untilOver(machine, calls, begun, MAX_WAIT_SECONDS);
    const { outcomes } = await calls.revocation(over.revocationId, 1000);
    const outcome = outcomes.find((one) => one.sessionId === sessionId)?.outcome;
    return outcome === 'LOGGED_OUT'
      ? ok(`it was registered, found, ended and recorded, by ${over.revocationId}`)
      : problem(
          `it ended as ${outcome ?? 'no outcome'} in ${over.revocationId}`,
          `icr show ${over.revocationId}`,
        );
  } catch (error) {
    if (error instanceof Failure) return problem('not every step succeeded', error.message);
    throw error;
  }
}
