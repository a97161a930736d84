import { createHash, randomBytes } from 'node:crypto';
import { ACCOUNT_ID } from '../../ground/account.ts';
import type { Clock } from '../../ground/clock.ts';
import type { RoleSession, RoleSessions } from '../../ground/role-sessions.ts';
import type { Answer, EmulatedRequest, Operation } from '../ground/answer.ts';
import type { Users } from '../identity-store/users.ts';
import type { LogoutLimit } from './logout-limit.ts';
import type { SignIns } from './sign-ins.ts';

/** How long role credentials are valid. As on AWS, they outlive the sign-in session. */
const ROLE_SESSION_SECONDS = 60 * 60;

/** The accounts that are listed for everybody who is signed in. Role credentials are also issued for any other account. */
const ACCOUNTS = [{ accountId: ACCOUNT_ID, accountName: 'local', emailAddress: 'local@example.com' }];

export interface PortalOptions {
  readonly signIns: SignIns;
  /** The users of the identity store. */
  readonly users: Users;
  /** Receives each new role session. */
  readonly roleSessions: RoleSessions;
  readonly logoutLimit: LogoutLimit;
  readonly clock: Clock;
}

/**
 * The IAM Identity Center portal, `portal.sso.<region>.amazonaws.com`, by `METHOD path`. It serves every Region: unsigned calls
 * only name the Region in the host, and the endpoint variable replaces the host.
 */
export function portalOperations(options: PortalOptions): Record<string, Operation> {
  const { signIns, logoutLimit } = options;
  return {
    'POST /logout': {
      name: 'logout',
      refuse,
      handle: (request) =>
        withToken(request, (token) => {
          if (!logoutLimit.takes()) return refuse('throttle');
          return signIns.logout(token) ? { status: 200 } : refuse('unauthorized');
        }),
    },
    'GET /assignment/accounts': {
      name: 'listAccounts',
      refuse,
      handle: (request) =>
        withToken(request, (token) => {
          if (!isPageSize(request.query.get('max_result'))) return refuse('reject');
          return signIns.userOf(token) === undefined
            ? refuse('unauthorized')
            : { status: 200, json: { accountList: ACCOUNTS, nextToken: null } };
        }),
    },
    'GET /federation/credentials': {
      name: 'credentials',
      refuse,
      handle: (request) =>
        withToken(request, (token) => {
          const accountId = request.query.get('account_id');
          const permissionSet = request.query.get('role_name');
          if (!accountId || !permissionSet) return refuse('reject');
          const userName = signIns.userOf(token);
          if (userName === undefined) return refuse('unauthorized');
          return credentials(sessionOf(accountId, permissionSet, userName, options.users), options);
        }),
    },
  };
}

function withToken({ headers }: EmulatedRequest, act: (token: string) => Answer): Answer {
  const token = headers['x-amz-sso_bearer_token'];
  if (typeof token !== 'string' || token === '') return refuse('reject');
  return { ...act(token), token };
}

/** From 1 to 100, or null: then the portal chooses. */
function isPageSize(value: string | null): boolean {
  return value === null || /^([1-9]\d?|100)$/.test(value);
}

/** Names role and session as Identity Center does: the role after the permission set, the session after the user. */
function sessionOf(accountId: string, permissionSet: string, userName: string, users: Users): RoleSession {
  const hash = createHash('sha256').update(`${accountId}/${permissionSet}`).digest('hex').slice(0, 16);
  const userId = users.find(userName)?.userId;
  return {
    accountId,
    roleName: `AWSReservedSSO_${permissionSet}_${hash}`,
    sessionName: userName,
    ...(userId !== undefined && { userId }),
  };
}

function credentials(session: RoleSession, { roleSessions, clock }: PortalOptions): Answer {
  const issued = {
    accessKeyId: `LOCAL${randomBytes(8).toString('hex').toUpperCase()}`,
    sessionToken: `local-session-${randomBytes(24).toString('base64url')}`,
    expiresAt: clock() + ROLE_SESSION_SECONDS * 1000,
  };
  roleSessions.add(session, issued);
  const { accessKeyId, sessionToken, expiresAt: expiration } = issued;
  const secretAccessKey = `local-secret-${randomBytes(24).toString('base64url')}`;
  return {
    status: 200,
    json: { roleCredentials: { accessKeyId, secretAccessKey, sessionToken, expiration } },
  };
}

const errors = {
  throttle: [429, 'TooManyRequestsException', 'Rate exceeded'],
  fail: [500, 'InternalServerException', 'Internal server error'],
  reject: [400, 'InvalidRequestException', 'Invalid request'],
  unauthorized: [401, 'UnauthorizedException', 'Session token not found or invalid'],
} as const;

function refuse(kind: keyof typeof errors): Answer {
  const [status, type, message] = errors[kind];
  return {
    status,
    headers: { 'x-amzn-ErrorType': type },
    json: { message, __type: `com.amazonaws.switchboard.portal#${type}` },
  };
}
