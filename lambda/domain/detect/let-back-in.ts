import { DomainError } from '../errors.ts';
import { type LiftDeps, type LiftRequest, lift } from '../role-sessions/lift.ts';

export type LetBackIn = { kind: 'lifted'; denials: number; what: string } | { kind: 'ignored'; why: string };

/** The user may sign in, so the removal's fence and denial are lifted. @throws DomainError as `lift` does */
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
