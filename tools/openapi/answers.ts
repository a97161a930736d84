import * as v from 'valibot';
import { ACCESS_STATUSES, ITEM_STATES, LEFT_REASONS } from '../../lambda/domain/access.ts';
import { PERMISSION_SET_NAME, REVOCATION_ID, SESSION_ID } from '../../lambda/domain/ids.ts';
import type { RevocationList } from '../../lambda/domain/record/list-revocations.ts';
import type { RevocationPage } from '../../lambda/domain/record/read-revocation.ts';
import { OUTCOMES, REQUEST_ERRORS, SOURCES } from '../../lambda/domain/revocation.ts';
import type { ListedSessions } from '../../lambda/domain/sessions/list-sessions.ts';
import type { Problem } from '../../lambda/shell/problems.ts';

// The schemas of the routes' answers. The functions' types are the source: `Exactly` refuses a schema that says more or less.

const at = v.pipe(v.string(), v.isoTimestamp());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const sessionId = v.pipe(v.string(), v.regex(SESSION_ID));
const accountId = v.pipe(v.string(), v.regex(/^\d{12}$/));
const permissionSetArn = v.string();
const text = v.string();

const Subject = v.union([
  v.strictObject({ sessionId, userId: v.exactOptional(text) }),
  v.strictObject({ userId: text }),
  v.strictObject({
    userId: text,
    assignment: v.strictObject({
      accountId,
      permissionSetArn,
      permissionSetName: v.pipe(v.string(), v.regex(PERMISSION_SET_NAME)),
    }),
  }),
  v.strictObject({ userName: text }),
  v.strictObject({ everyone: v.literal(true) }),
]);

const RoleSessions = v.strictObject({
  mayContinueUntil: at,
  deniedAt: v.nullable(at),
  deniedUntil: v.exactOptional(at),
  deniedIssuedBefore: v.exactOptional(at),
  notDenied: v.exactOptional(
    v.picklist([
      'pending',
      'not-in-time',
      'no-room',
      'lifted',
      'switched-off',
      'user-unknown',
      'per-user',
      'everyone',
    ]),
  ),
  liftedBy: v.exactOptional(text),
  liftedReason: v.exactOptional(text),
});

const Grants = v.strictObject({ removed: count, left: count });
const item = { state: v.picklist(ITEM_STATES), why: v.exactOptional(v.picklist(LEFT_REASONS)), at };
const AccessItem = v.union([
  v.strictObject({ kind: v.literal('assignment'), accountId, permissionSetArn, ...item }),
  v.strictObject({ kind: v.literal('membership'), groupId: text, ...item }),
]);

const revocationId = v.pipe(v.string(), v.regex(REVOCATION_ID));
const status = v.picklist(['COMPLETED', 'NOTHING_HELD', 'IN_PROGRESS', 'FAILED']);
const sessions = v.strictObject({
  found: count,
  loggedOut: count,
  alreadyInvalid: count,
  pending: count,
  failed: count,
});

const revocation = {
  revocationId,
  status,
  error: v.exactOptional(v.picklist(REQUEST_ERRORS)),
  next: v.exactOptional(v.strictObject({ code: v.literal('delete-active-sessions'), detail: text })),
  subject: Subject,
  recordedUserName: v.exactOptional(text),
  source: v.picklist(SOURCES),
  requestedBy: text,
  reason: v.exactOptional(text),
  except: v.exactOptional(v.array(text)),
  everyoneId: v.exactOptional(text),
  requestedAt: at,
  completedAt: v.nullable(at),
  sessions,
  roleSessions: RoleSessions,
  access: v.exactOptional(
    v.strictObject({ status: v.picklist(ACCESS_STATUSES), assignments: Grants, memberships: Grants }),
  ),
};
const nextCursor = v.exactOptional(text);

/** The schemas, by their names in the document. */
export const ANSWERS = {
  Revocation: v.strictObject(revocation),
  RevocationPage: v.strictObject({
    ...revocation,
    accessItems: v.exactOptional(v.array(AccessItem)),
    outcomes: v.array(
      v.strictObject({
        sessionId,
        outcome: v.picklist(OUTCOMES),
        at,
        attempts: count,
        registeredWith: v.exactOptional(text),
        error: v.exactOptional(text),
      }),
    ),
    users: v.exactOptional(v.array(v.strictObject({ userId: text, revocationId, status, at, sessions }))),
    nextCursor,
  }),
  RevocationList: v.strictObject({
    user: v.exactOptional(
      v.strictObject({
        userId: text,
        mayActUntil: v.nullable(at),
        why: v.picklist(['removed', 'may-sign-in-again', 'not-known', 'never-revoked']),
        detail: text,
        considered: v.strictObject({ revocations: count, olderMayExist: v.boolean() }),
      }),
    ),
    revocations: v.array(v.strictObject(revocation)),
    nextCursor,
  }),
  HeldSession: v.strictObject({ sessionId, userId: text, expiresAt: at, refreshable: v.boolean() }),
  SessionList: v.strictObject({
    sessions: v.array(
      v.strictObject({
        sessionId,
        region: v.exactOptional(text),
        registeredAt: at,
        registeredWith: v.exactOptional(text),
        expiresAt: at,
      }),
    ),
    nextCursor,
  }),
  LiftedUser: v.strictObject({
    userId: text,
    denialsLifted: count,
    deniedAsEveryoneUntil: v.exactOptional(at),
  }),
  LiftedEveryone: v.strictObject({ denialsLifted: count }),
  Problem: v.strictObject({
    type: text,
    title: text,
    status: v.number(),
    detail: text,
    code: text,
    errors: v.exactOptional(v.array(v.strictObject({ pointer: text, detail: text }))),
  }),
};
export type AnswerName = keyof typeof ANSWERS;

type Output<Name extends AnswerName> = v.InferOutput<(typeof ANSWERS)[Name]>;
/** An optional property that only one type has can be assigned both ways, so the names of the properties are compared, too. */
type Exactly<A, B> = [A, keyof B] extends [B, keyof A]
  ? [B, keyof A] extends [A, keyof B]
    ? true
    : 'the schema says more'
  : 'the schema says less';

/** Only compiles as long as each schema equals the type of its functions' answers. */
export const SAME: {
  RevocationPage: Exactly<Output<'RevocationPage'>, RevocationPage>;
  RevocationList: Exactly<Output<'RevocationList'>, RevocationList>;
  SessionList: Exactly<Output<'SessionList'>, ListedSessions>;
  Problem: Exactly<Output<'Problem'>, Omit<Problem, 'code'> & { code: string }>;
} = { RevocationPage: true, RevocationList: true, SessionList: true, Problem: true };
