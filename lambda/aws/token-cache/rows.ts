import * as v from 'valibot';
import type { CachedSession, HeldSession } from '../../domain/session.ts';
import type { Fence } from '../../domain/stores.ts';
import { EpochSeconds, Instant } from '../row-values.ts';

/**
 * Partitions that belong to no user: no user id begins with `#`. Fences, leases and jobs have their own partitions, so that a
 * policy can keep a function that writes sessions from writing them.
 */
export const FENCE_PREFIX = '#FENCE#';
export const LEASE_PREFIX = '#LEASE#';
export const JOBS = '#JOBS';
export const EVERYONE = '#EVERYONE';
/** Listing and scanning read only these attributes. IAM refuses them any other, such as the ciphertext. */
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
/** Whether a row is a user's session. Other kinds of rows, and rows that earlier versions kept beside the sessions, are none. */
export function isSession({ userId, sessionId }: CachedSession): boolean {
  return !userId.startsWith('#') && !sessionId.startsWith('#');
}

export function fenceKey(userId: string): CachedSession {
  return { userId: `${FENCE_PREFIX}${userId}`, sessionId: `${FENCE_PREFIX}${userId}` };
}

/** Rows are read leniently: an unreadable row must not keep the user's other sessions from being ended. */
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
  // Decrypting an empty ciphertext fails, so a missing one is reported like a damaged one.
  ciphertext: v.fallback(v.instance(Uint8Array), NOTHING),
  dataKey: v.fallback(v.instance(Uint8Array), NOTHING),
});

export const NAME_ATTRIBUTES = ['userName'];
export const NameRow = v.object({ userName: v.exactOptional(v.string()) });

const FenceRow = v.object({
  until: EpochSeconds,
  // Absent in rows of earlier versions, in which a fence covered everything that was registered while it stood.
  coveredUntil: v.exactOptional(v.fallback(Instant, LONG_AGO)),
  askedAt: v.exactOptional(v.string()),
  loweredAt: v.exactOptional(v.string()),
});

/** @returns undefined if the fence was lowered, and no later request raised it again */
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
