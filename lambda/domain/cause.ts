// Add a new cause to this list only, as to the lists in revocation.ts.

/**
 * Why a user's sessions end:
 * - `deleted`: the identity store says that the user does not exist any more
 * - `disabled`: the identity store says that the user may not sign in. The user may be enabled again
 * - `removed`: the company says that the person left. For one hour, this overrides the identity store
 * - `signed-out`: the user may sign in again. Sessions that were registered after the request do not end
 * - `unknown-user`: the identity store does not know the id, and never confirmed it
 * - `fenced`: one session was registered under a fence. Only this session ends
 */
export const CAUSES = ['deleted', 'disabled', 'removed', 'signed-out', 'unknown-user', 'fenced'] as const;
export type Cause = (typeof CAUSES)[number];

/** What a revocation does besides ending sessions. */
export interface Effects {
  /** Which role sessions it denies: `all` for a removed user, or only those `issued-before` the request. */
  denies: 'all' | 'issued-before' | 'none';
  /** How long after the request sessions of the user are refused. A stack may set a longer time for sign-outs. */
  fenceMillis: number;
}

const HOUR = 3_600_000;
/** A deleted user never returns under the same id. */
const DELETED_FENCE = 90 * 24 * HOUR;
/** How long the company's own removal overrides the directory, which may not have the change yet. */
export const WORD_STANDS = HOUR;
/** Longer than a registration takes (at most 29 seconds), so the fence catches each registration that is in flight. */
const IN_FLIGHT_FENCE = 30_000;

/**
 * An id that the directory never confirmed gets no denial and no fence: otherwise somebody who invents ids could fill the
 * policies. A session that was registered under a fence gets none either: the revocation that raised the fence has both.
 */
export const EFFECTS: Readonly<Record<Cause, Effects>> = {
  deleted: { denies: 'all', fenceMillis: DELETED_FENCE },
  // A longer fence is not needed, because registering asks the directory.
  disabled: { denies: 'all', fenceMillis: IN_FLIGHT_FENCE },
  removed: { denies: 'all', fenceMillis: WORD_STANDS },
  'signed-out': { denies: 'issued-before', fenceMillis: IN_FLIGHT_FENCE },
  'unknown-user': { denies: 'none', fenceMillis: 0 },
  fenced: { denies: 'none', fenceMillis: 0 },
};

/** Whether the user may no longer sign in, according to the directory or to the company. */
export function isRemoval(cause: Cause): boolean {
  return EFFECTS[cause].denies === 'all';
}

/** Whether the request is so recent that the directory may not know of it yet. */
export function isYoung(askedAt: Date, now: Date): boolean {
  return now.getTime() - askedAt.getTime() < WORD_STANDS;
}

/** Whether the company itself reported the removal, and so recently that this overrides the directory. */
export function isStandingWord({ cause, askedAt }: { cause?: string; askedAt?: Date }, now: Date): boolean {
  return cause === 'removed' && askedAt !== undefined && isYoung(askedAt, now);
}
