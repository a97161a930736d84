import { randomBytes } from 'node:crypto';
import { ACCOUNT_ID } from '../../ground/account.ts';
import type { Clock } from '../../ground/clock.ts';
import type { Answer, EmulatedRequest, Operation } from '../ground/answer.ts';
import type { SignIns } from './sign-ins.ts';

/** How long role credentials live: they outlive the sign-in session, which is the point of having them here. */
const ROLE_SESSION_SECONDS = 60 * 60;

/** What everybody who is signed in gets listed. Role credentials are given for any other account too. */
const ACCOUNTS = [{ accountId: ACCOUNT_ID, accountName: 'local', emailAddress: 'local@example.com' }];

/**
 * The IAM Identity Center portal, `portal.sso.<region>.amazonaws.com`, by `METHOD path`. It stands for the portal of every
 * Region: unsigned calls name the Region in the host only, and that is where the endpoint variable leads.
 */
export function portalOperations(signIns: SignIns, clock: Clock): Record<string, Operation> {
  return {
    'POST /logout': {
      name: 'logout',
      refuse,
      handle: (request) =>
        withToken(request, (token) => (signIns.logout(token) ? { status: 200 } : refuse('unauthorized'))),
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
          const [account, role] = [request.query.get('account_id'), request.query.get('role_name')];
          if (!account || !role) return refuse('reject');
          const userName = signIns.userOf(token);
          return userName === undefined ? refuse('unauthorized') : credentials(clock);
        }),
    },
  };
}

function withToken({ headers }: EmulatedRequest, act: (token: string) => Answer): Answer {
  const token = headers['x-amz-sso_bearer_token'];
  if (typeof token !== 'string' || token === '') return refuse('reject');
  return { ...act(token), token };
}

/** From 1 to 100; the portal chooses where there is none. */
function isPageSize(value: string | null): boolean {
  return value === null || /^([1-9]\d?|100)$/.test(value);
}

function credentials(clock: Clock): Answer {
  const roleCredentials = {
    accessKeyId: `LOCAL${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: `local-secret-${randomBytes(24).toString('base64url')}`,
    sessionToken: `local-session-${randomBytes(24).toString('base64url')}`,
    expiration: clock() + ROLE_SESSION_SECONDS * 1000,
  };
  return { status: 200, json: { roleCredentials } };
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
