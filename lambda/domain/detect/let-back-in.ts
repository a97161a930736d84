import { DomainError } from '../errors.ts';
import { type LiftDeps, type LiftRequest, lift } from '../role-sessions/lift.ts';

export type LetBackIn = { kind: 'lifted'; denials: number; what: string } | { kind: 'ignored'; why: string };

/**
 * Lifts the fence and the denials of removals, because the user may sign in.
 *
 * @throws DomainError `store-unavailable`, `queue-unavailable`
 */
export async function letBackIn(
  deps: LiftDeps,
  request: LiftRequest,
  signal: AbortSignal,
): Promise<LetBackIn> {
  try {
    return { kind: 'lifted', denials: await lift(deps, request, signal), what: request.by };
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'not-denied')) throw error;
    return { kind: 'ignored', why: 'the user may sign in, and nothing is denied or refused for a removal' };
  }
}
