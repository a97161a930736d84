import type { Calls } from './api/calls.ts';
import type { Revocation } from './api/wire.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';
import type { Machine } from './machine.ts';
import { createBar } from './output/bar.ts';
import { isUnderWay, subjectText } from './output/revocation-text.ts';

const FIRST_MILLIS = 1_000;
const LONGEST_MILLIS = 5_000;

/**
 * Polls a revocation until the workers are done with it, or the time is over. If the API does not answer for a while, it continues:
 * the workers do not depend on the API.
 *
 * @returns the last answer
 * @throws Failure if the command is interrupted, or may not read the revocation
 */
export async function untilOver(
  machine: Machine,
  calls: Pick<Calls, 'revocation'>,
  begun: Revocation,
  maxWaitSeconds: number,
): Promise<Revocation> {
  const bar = createBar(machine.err);
  const deadline = machine.now() + maxWaitSeconds * 1000;
  let revocation = begun;
  try {
    for (let delay = FIRST_MILLIS; isUnderWay(revocation); delay = Math.min(delay * 1.5, LONGEST_MILLIS)) {
      bar.show(shareOf(revocation), progressText(revocation));
      if (machine.now() + delay > deadline) break;
      await machine.sleep(delay, machine.signal);
      if (machine.signal.aborted) throw interrupted(revocation);
      revocation = (await lookedAt(calls, revocation.revocationId)) ?? revocation;
    }
  } finally {
    bar.clear();
  }
  return revocation;
}

async function lookedAt(calls: Pick<Calls, 'revocation'>, id: string): Promise<Revocation | undefined> {
  try {
    const { outcomes: _, ...revocation } = await calls.revocation(id, 1);
    return revocation;
  } catch (error) {
    if (error instanceof Failure && error.exit === EXIT.unavailable) return undefined;
    throw error;
  }
}

function interrupted({ revocationId }: Revocation): Failure {
  return new Failure(
    EXIT.interrupted,
    `Interrupted. The revocation goes on without this command: see \`icr show ${revocationId}\`.`,
  );
}

/** Returns how much is done, from 0 to 1. It may fall when the workers find more sessions. */
function shareOf({ sessions }: Revocation): number {
  const over = sessions.loggedOut + sessions.alreadyInvalid + sessions.failed;
  return sessions.found === 0 ? 0 : over / sessions.found;
}

function progressText({ subject, sessions, status, access }: Revocation): string {
  const ended = sessions.loggedOut + sessions.alreadyInvalid;
  if (status !== 'IN_PROGRESS' && access) return `${subjectText(subject)}: taking access away`;
  return `${subjectText(subject)}: ${ended} of ${sessions.found} sessions ended`;
}
