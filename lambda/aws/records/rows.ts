import * as v from 'valibot';
import { type AssignedRole, DENIALS_ASKED, type Denied, NOT_DENIED } from '../../domain/denial.ts';
import { LONGEST_PORTAL_SESSION_SECONDS } from '../../domain/lifetimes.ts';
import {
  eachCount,
  OUTCOMES,
  REQUEST_ERRORS,
  type RevocationHeader,
  type SessionOutcome,
  SOURCES,
  type Subject,
  type UserShare,
} from '../../domain/revocation.ts';
import type { KeyClaim } from '../../domain/stores.ts';
import { Assignment, Instant } from '../row-values.ts';
import { AccessMap, accessRow } from './access-rows.ts';

/** The sort key of the revocations table: one header, an outcome for each session, a share for each user of everyone. */
export const HEADER = 'REVOCATION';
export const SESSION_PREFIX = 'SESSION#';
export const USER_PREFIX = 'USER#';
/** An idempotency key has only this entry. */
const KEY = 'KEY';

/** When DynamoDB deletes a row that was written at this time, in seconds since 1970. */
export function expiresAfter(retentionDays: number, writtenAt: Date): number {
  return Math.floor(writtenAt.getTime() / 1000) + retentionDays * 86_400;
}

// Rows of earlier versions lack counts that were added later.
const Counts = v.object(eachCount(() => v.optional(v.number(), 0)));

const DeniedMap = v.object({
  deniedAt: v.exactOptional(Instant),
  deniedUntil: v.exactOptional(Instant),
  deniedIssuedBefore: v.exactOptional(Instant),
  notDenied: v.exactOptional(v.picklist(NOT_DENIED)),
  liftedBy: v.exactOptional(v.string()),
  liftedReason: v.exactOptional(v.string()),
});

const HeaderRow = v.object({
  revocationId: v.string(),
  sessionId: v.exactOptional(v.string()),
  userId: v.exactOptional(v.string()),
  userName: v.exactOptional(v.string()),
  everyone: v.exactOptional(v.literal(true)),
  assignment: v.exactOptional(Assignment),
  source: v.picklist(SOURCES),
  requestedBy: v.string(),
  reason: v.exactOptional(v.string()),
  requestedAt: Instant,
  recordedUserName: v.exactOptional(v.string()),
  removedAt: v.exactOptional(Instant),
  // Headers of earlier versions do not say. The longest time is safe: no record then says too early that a session has ended.
  portalSessionSeconds: v.optional(v.number(), LONGEST_PORTAL_SESSION_SECONDS),
  maxRoleSessionSeconds: v.number(),
  // Headers from before the deny list do not say.
  denial: v.optional(v.picklist(DENIALS_ASKED), 'switched-off'),
  except: v.exactOptional(v.array(v.string())),
  everyoneId: v.exactOptional(v.string()),
  error: v.exactOptional(v.picklist(REQUEST_ERRORS)),
  denied: v.exactOptional(DeniedMap),
  access: v.exactOptional(AccessMap),
  completedAt: v.exactOptional(Instant),
  sessions: v.exactOptional(Counts),
});

const OutcomeRow = v.object({
  sessionId: v.string(),
  outcome: v.picklist(OUTCOMES),
  at: Instant,
  attempts: v.number(),
  registeredWith: v.exactOptional(v.string()),
  error: v.exactOptional(v.string()),
  heldUntil: v.exactOptional(Instant),
});

const ShareRow = v.object({
  user: v.string(),
  userRevocationId: v.string(),
  done: v.boolean(),
  at: Instant,
  sessions: Counts,
});

/** The day in UTC, such as `2026-11-22`. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** Only a header has `userId` and `day`, so each index has one row for each revocation. */
export function headerRow({
  subject,
  requestedAt,
  removedAt,
  access,
  completion: _,
  denied: __,
  ...rest
}: RevocationHeader) {
  return {
    ...rest,
    ...subject,
    entry: HEADER,
    requestedAt: requestedAt.toISOString(),
    day: dayOf(requestedAt),
    ...(removedAt && { removedAt: removedAt.toISOString() }),
    ...(access && { access: accessRow(access) }),
  };
}

export function deniedRow({ deniedAt, deniedUntil, deniedIssuedBefore, ...rest }: Denied) {
  return {
    ...rest,
    ...(deniedIssuedBefore && { deniedIssuedBefore: deniedIssuedBefore.toISOString() }),
    ...(deniedAt && { deniedAt: deniedAt.toISOString() }),
    ...(deniedUntil && { deniedUntil: deniedUntil.toISOString() }),
  };
}

export function toHeader(row: Record<string, unknown>): RevocationHeader {
  const { sessionId, userId, userName, everyone, assignment, completedAt, sessions, ...rest } = v.parse(
    HeaderRow,
    row,
  );
  return {
    ...rest,
    subject: subjectOf({ sessionId, userId, userName, everyone, assignment }),
    ...(completedAt && sessions && { completion: { at: completedAt, sessions } }),
  };
}

function subjectOf(row: {
  sessionId: string | undefined;
  userId: string | undefined;
  userName: string | undefined;
  everyone: true | undefined;
  assignment: AssignedRole | undefined;
}): Subject {
  if (row.everyone) return { everyone: true };
  const user = row.userId === undefined ? {} : { userId: row.userId };
  if (row.sessionId !== undefined) return { sessionId: row.sessionId, ...user };
  if (row.userName !== undefined) return { userName: row.userName };
  return { userId: row.userId ?? '', ...(row.assignment && { assignment: row.assignment }) };
}

export function outcomeRow(revocationId: string, { heldUntil, ...outcome }: SessionOutcome) {
  return {
    ...outcome,
    revocationId,
    entry: `${SESSION_PREFIX}${outcome.sessionId}`,
    at: outcome.at.toISOString(),
    ...(heldUntil && { heldUntil: heldUntil.toISOString() }),
  };
}

export function toOutcome(row: Record<string, unknown>): SessionOutcome {
  return v.parse(OutcomeRow, row);
}

export function shareRow(revocationId: string, { userId, revocationId: own, at, ...share }: UserShare) {
  const ids = { revocationId, entry: `${USER_PREFIX}${userId}`, user: userId, userRevocationId: own };
  return { ...ids, ...share, at: at.toISOString() };
}

export function toShare(row: Record<string, unknown>): UserShare {
  const { user, userRevocationId, ...share } = v.parse(ShareRow, row);
  return { userId: user, revocationId: userRevocationId, ...share };
}

const KeyRow = v.object({
  claimedRevocationId: v.string(),
  claimedUserId: v.exactOptional(v.string()),
  request: v.string(),
  claimedAt: Instant,
});

/** It has no `userId`: otherwise the index by user would contain it. */
export function keyRow(keyId: string, { revocationId, userId, request, at }: KeyClaim) {
  return {
    revocationId: keyId,
    entry: KEY,
    claimedRevocationId: revocationId,
    ...(userId !== undefined && { claimedUserId: userId }),
    request,
    claimedAt: at.toISOString(),
  };
}

export function toKeyClaim(row: Record<string, unknown>): KeyClaim {
  const { claimedRevocationId, claimedUserId, request, claimedAt } = v.parse(KeyRow, row);
  const user = claimedUserId === undefined ? {} : { userId: claimedUserId };
  return { revocationId: claimedRevocationId, ...user, request, at: claimedAt };
}
