// The list of causes is the one place for a new one, as the lists in revocation.ts are.

/**
 * Why a user's sessions end:
 * - `deleted`: the identity store says that the user is gone for good
 * - `disabled`: the identity store says that the user may not sign in; that may change again
 * - `removed`: the company says that the person left, whatever the identity store says
 * - `signed-out`: the user may sign in again; what was registered after the request is left alone
 * - `unknown-user`: the identity store does not know the id, and never confirmed it
 * - `fenced`: one session was registered while the user's sessions were being ended
 */
export const CAUSES = ['deleted', 'disabled', 'removed', 'signed-out', 'unknown-user', 'fenced'] as const;
export type Cause = (typeof CAUSES)[number];

/** What a revocation does besides ending sessions. */
export interface Effects {
  /** The role sessions that it denies: `all` of a removed user, or only those `issued-before` the request. */
  denies: 'all' | 'issued-before' | 'none';
  /** How long after the request sessions of the user are refused; of who is signed out, at the least. */
  fenceMillis: number;
}

const HOUR = 3_600_000;
/** A deleted user never returns under the same id. */
const DELETED_FENCE = 90 * 24 * HOUR;
/** How long the company's own removal overrides the directory, which may not have the change yet. */
export const WORD_STANDS = HOUR;
/** Longer than a registration takes (at most 29 seconds): so the fence catches each registration that is in flight. */
const IN_FLIGHT_FENCE = 30_000;

/**
 * An id that the directory never confirmed gets no denial and no fence: otherwise whoever invents ids could fill the policies.
 * Nor does a session that was registered under a fence: the revocation that raised the fence has both.
 */
export const EFFECTS: Readonly<Record<Cause, Effects>> = {
  deleted: { denies: 'all', fenceMillis: DELETED_FENCE },
  // From then on registering asks the directory.
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

/** Whether it was asked for so lately that the directory may not know yet. */
export function isYoung(askedAt: Date, now: Date): boolean {
  return now.getTime() - askedAt.getTime() < WORD_STANDS;
}

/** Whether the company said so itself, and lately. */
export function isStandingWord({ cause, askedAt }: { cause?: string; askedAt?: Date }, now: Date): boolean {
  return cause === 'removed' && askedAt !== undefined && isYoung(askedAt, now);
}
