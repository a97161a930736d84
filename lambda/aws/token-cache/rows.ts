import * as v from 'valibot';
import type { HeldSession } from '../../domain/session.ts';
import { EpochSeconds, Instant } from '../row-values.ts';

/**
 * Partitions of no user: none of them can be a user id. Fences and jobs have partitions of their own, so that a policy can
 * keep a function that writes sessions from them.
 */
export const FENCE_PREFIX = '#FENCE#';
export const JOBS = '#JOBS';
export const EVERYONE = '#EVERYONE';
export const SWEEP = '#SWEEP';
/** All that is asked for by listing and by scanning, and all that IAM lets them have: never the ciphertext. */
export const LISTED_ATTRIBUTES = [
  'userId',
  'sessionId',
  'region',
  'registeredAt',
  'expiresAt',
  'refreshable',
  'confirmed',
];
export const SCANNED_ATTRIBUTES = ['userId', 'sessionId', 'until', 'loweredAt'];
/** Rows are read leniently: one that cannot be understood must not keep the user's other sessions from being ended. */
export const LONG_AGO = new Date(0);
const NOTHING = new Uint8Array();

export const MetadataRow = v.object({
  sessionId: v.string(),
  region: v.exactOptional(v.string()),
  registeredAt: v.fallback(Instant, LONG_AGO),
  expiresAt: v.fallback(EpochSeconds, LONG_AGO),
  refreshable: v.exactOptional(v.boolean()),
  confirmed: v.exactOptional(v.boolean()),
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
