import { signInsMayLastUntil } from './may-continue.ts';
import type { Progress, RecordedRevocation } from './progress.ts';

/** A step that only a person can do, because AWS has no API for it: docs/facts.md § No other way. */
export interface NextStep {
  /** This code does not change in later versions. */
  code: 'delete-active-sessions';
  /** Why the step is needed, and how to do it. */
  detail: string;
}

/**
 * The step that remains if a sign-in session may be alive that this stack cannot end, or cannot end now. There is none while
 * retries continue, and none once no sign-in session from before the request can be alive.
 */
export function nextStep(recorded: RecordedRevocation, progress: Progress, now: Date): NextStep | undefined {
  // The revocation of an ended assignment ends no sign-in session.
  if ('assignment' in recorded.header.subject) return undefined;
  const why = whyNeeded(recorded, progress);
  if (why === undefined || now >= signInsMayLastUntil(recorded, progress)) return undefined;
  const whose = 'everyone' in recorded.header.subject ? 'each user' : 'the user';
  const step = `In the IAM Identity Center console, choose Users, ${whose}, Active sessions, and Delete session.`;
  return { code: 'delete-active-sessions', detail: `${why} ${step}` };
}

function whyNeeded({ header }: RecordedRevocation, { status, sessions }: Progress): string | undefined {
  // Nobody knows whose sessions to delete.
  if (header.error !== undefined) return undefined;
  switch (status) {
    case 'NOTHING_HELD':
      return 'No session was held here, so none was ended.';
    case 'FAILED':
      return 'A session could not be ended and may be alive.';
    case 'COMPLETED':
      return sessions.alreadyInvalid > 0
        ? 'A token was invalid already, which does not prove that its sign-in session is over.'
        : undefined;
    case 'IN_PROGRESS':
      return undefined;
  }
}
