import * as v from 'valibot';
import type { CachedSession, HeldSession } from '../../domain/session.ts';
import type { Fence } from '../../domain/stores.ts';
import { EpochSeconds, Instant } from '../row-values.ts';

/**
 * Partitions of no user: none of them can be a user id. Fences, leases and jobs have partitions of their own, so that a
 * policy can keep a function that writes sessions from them.
 */
export const FENCE_PREFIX = '#FENCE#';
export const LEASE_PREFIX = '#LEASE#';
export const JOBS = '#JOBS';
export const EVERYONE = '#EVERYONE';
/** All that is asked for by listing and by scanning, and all that IAM lets them have: never the ciphertext. */
export const LISTED_ATTRIBUTES = [
  'userId',
  'sessionId',
  'region',
  'registeredAt',
  'expiresAt',
  'refreshable',
  'confirmed',
  'registeredWith',
];
export const SCANNED_ATTRIBUTES = ['userId', 'sessionId', 'registeredAt'];
/** Whether a row is a user's session: neither of another kind, nor what earlier versions kept beside the sessions. */
export function isSession({ userId, sessionId }: CachedSession): boolean {
  return !userId.startsWith('#') && !sessionId.startsWith('#');
}

export function fenceKey(userId: string): CachedSession {
  return { userId: `${FENCE_PREFIX}${userId}`, sessionId: `${FENCE_PREFIX}${userId}` };
}

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
  registeredWith: v.exactOptional(v.string()),
});

const SessionRow = v.object({
  ...MetadataRow.entries,
  userId: v.string(),
  userName: v.exactOptional(v.string()),
  accessTokenExpiresAt: v.fallback(Instant, LONG_AGO),
  // A missing ciphertext cannot be decrypted, and is reported so.
  ciphertext: v.fallback(v.instance(Uint8Array), NOTHING),
  dataKey: v.fallback(v.instance(Uint8Array), NOTHING),
});

export const NAME_ATTRIBUTES = ['userName'];
export const NameRow = v.object({ userName: v.exactOptional(v.string()) });

const FenceRow = v.object({
  until: EpochSeconds,
  // Of before, when every fence covered what was registered as long as it stood.
  coveredUntil: v.exactOptional(v.fallback(Instant, LONG_AGO)),
  askedAt: v.exactOptional(v.string()),
  loweredAt: v.exactOptional(v.string()),
});

/** Undefined of a fence that was lowered, and not raised for anything that was asked for since. */
export function toFence(row: Record<string, unknown>): Fence | undefined {
  const { success, output } = v.safeParse(FenceRow, row);
  if (!success) return undefined;
  const { until, coveredUntil = until, askedAt = '', loweredAt } = output;
  return loweredAt !== undefined && askedAt <= loweredAt ? undefined : { until, coveredUntil };
}

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
