import * as v from 'valibot';
import type { HeldSession } from '../domain/session.ts';

/**
 * What shares a user's partition of the token cache with the sessions. Session ids are base64url, all of whose
 * characters come after `#`, so that one key condition separates the two.
 */
export const FENCE = '#FENCE';
export const JOB_PREFIX = '#JOB#';
/** Partitions of no user. */
export const EVERYONE = '#EVERYONE';
export const SWEEP = '#SWEEP';
/** No session id sorts before it. */
export const FIRST_SESSION = '-';

const Instant = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
);
const EpochSeconds = v.pipe(
  v.number(),
  v.transform((seconds) => new Date(seconds * 1000)),
);

export const MetadataRow = v.object({
  sessionId: v.string(),
  region: v.exactOptional(v.string()),
  registeredAt: Instant,
  expiresAt: EpochSeconds,
});

const SessionRow = v.object({
  ...MetadataRow.entries,
  userId: v.string(),
  accessTokenExpiresAt: Instant,
  ciphertext: v.instance(Uint8Array),
  dataKey: v.instance(Uint8Array),
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
