import { randomBytes } from 'node:crypto';
import type { Clock } from '../../ground/clock.ts';
import type { Answer, EmulatedRequest, Operation } from '../ground/answer.ts';
import type { SignIns } from './sign-ins.ts';

/** How long role credentials live: they outlive the sign-in session, which is the point of having them here. */
const ROLE_SESSION_SECONDS = 60 * 60;

/** The IAM Identity Center portal, `portal.sso.<region>.amazonaws.com`, by `METHOD path`. */
export function portalOperations(signIns: SignIns, clock: Clock): Record<string, Operation> {
  return {
    'POST /logout': {
      name: 'logout',
      refuse,
      handle: (request) =>
        withToken(request, (token) => (signIns.logout(token) ? { status: 200 } : refuse('unauthorized'))),
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
