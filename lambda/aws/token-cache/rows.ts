import * as v from 'valibot';
import type { HeldSession } from '../../domain/session.ts';
import { EpochSeconds, Instant } from '../row-values.ts';

/**
 * What shares a user's partition of the token cache with the sessions. Session ids are base64url, all of whose
 * characters come after `#`, so that one key condition separates the two.
 */
export const FENCE = '#FENCE';
export const JOB_PREFIX = '#JOB#';
/** Begins the partition of a user's fence. */
export const FENCE_PREFIX = '#FENCE#';
/** Partitions of no user. */
export const JOBS = '#JOBS';
export const EVERYONE = '#EVERYONE';
export const SWEEP = '#SWEEP';
/** All that is asked for by listing and by scanning, and all that IAM lets them have: never the ciphertext. */
export const LISTED_ATTRIBUTES = ['userId', 'sessionId', 'region', 'registeredAt', 'expiresAt'];
export const SCANNED_ATTRIBUTES = ['userId', 'sessionId', 'registeredAt', 'expiresAt', 'job', 'begunAt'];
/** No session id sorts before it. */
export const FIRST_SESSION = '-';

/** Rows are read leniently: one that cannot be understood must not keep the user's other sessions from being ended. */
export const LONG_AGO = new Date(0);
const NOTHING = new Uint8Array();

export const MetadataRow = v.object({
  sessionId: v.string(),
  region: v.exactOptional(v.string()),
  registeredAt: v.fallback(Instant, LONG_AGO),
  expiresAt: v.fallback(EpochSeconds, LONG_AGO),
});

const SessionRow = v.object({
  ...MetadataRow.entries,
  userId: v.string(),
  accessTokenExpiresAt: v.fallback(Instant, LONG_AGO),
  // What is not there does not open, and is told as such.
  ciphertext: v.fallback(v.instance(Uint8Array), NOTHING),
  dataKey: v.fallback(v.instance(Uint8Array), NOTHING),
});

export function toRow({ sealed, ...session }: HeldSession) {
  return {
    ...session,
    ...sealed,
    registeredAt: session.registeredAt.toISOString(),
    accessTokenExpiresAt: session.accessTokenExpiresAt.toISOString(),
    expiresAt: epochSeconds(session.expiresAt),
  };
}

export function fromRow(row: Record<string, unknown>): HeldSession {
  const { ciphertext, dataKey, ...session } = v.parse(SessionRow, row);
  return { ...session, sealed: { ciphertext, dataKey } };
}

export function epochSeconds(at: Date): number {
  return Math.ceil(at.getTime() / 1000);
}
