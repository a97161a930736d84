import { randomBytes } from 'node:crypto';
import type { Clock } from '../../ground/clock.ts';
import { arnOf, callerIdOf, type RoleSessions } from '../../ground/role-sessions.ts';
import type { FormService } from '../ground/query-protocol.ts';
import { type Handler, type Input, ServiceError } from '../ground/service.ts';

const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,64})$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const [SHORTEST, USUAL, LONGEST] = [900, 3600, 43_200];

export interface StsOptions {
  readonly clock: Clock;
  /** Gets each role session that is begun. */
  readonly roleSessions: RoleSessions;
}

/** AWS STS, as far as AssumeRole goes. Trust policies are not enforced: any role that could exist can be assumed. */
export function stsService(options: StsOptions): FormService {
  return {
    name: 'sts',
    form: { version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
    handlers: { AssumeRole: (input) => assumeRole(input, options) } satisfies Record<string, Handler>,
    refusals: {
      throttle: new ServiceError('Throttling', 'Rate exceeded'),
      fail: new ServiceError('InternalFailure', 'Internal server error', 500),
      reject: new ServiceError(
        'AccessDenied',
        'The local run was told to refuse: not authorized to perform: sts:AssumeRole',
        403,
      ),
    },
  };
}

/** @throws ServiceError ValidationError */
function assumeRole(
  { RoleArn, RoleSessionName, DurationSeconds }: Input,
  { clock, roleSessions }: StsOptions,
): object {
  const [, accountId, roleName] = ROLE_ARN.exec(requireText('RoleArn', RoleArn)) ?? [];
  const sessionName = requireText('RoleSessionName', RoleSessionName);
  if (!accountId || !roleName) throw invalid(`${String(RoleArn)} is invalid`);
  if (!SESSION_NAME.test(sessionName))
    throw invalid(`Value '${sessionName}' at 'roleSessionName' failed to satisfy its constraints.`);
  const expiresAt = clock() + durationSeconds(DurationSeconds) * 1000;
  const session = { accountId, roleName, sessionName };
  const [accessKeyId, sessionToken] = [`ASIA${identifier()}`, randomBytes(240).toString('base64')];
  roleSessions.add(session, { accessKeyId, sessionToken, expiresAt });
  return {
    AssumedRoleUser: { AssumedRoleId: callerIdOf(session), Arn: arnOf(session) },
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: randomBytes(30).toString('base64'),
      SessionToken: sessionToken,
      Expiration: `${new Date(expiresAt).toISOString().slice(0, 19)}Z`,
    },
  };
}

function requireText(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`Value null at '${name[0]?.toLowerCase()}${name.slice(1)}' failed: Member must not be null`);
}

function durationSeconds(value: unknown): number {
  const seconds = value === undefined ? USUAL : Number(value);
  if (Number.isInteger(seconds) && seconds >= SHORTEST && seconds <= LONGEST) return seconds;
  throw invalid(`DurationSeconds must be from ${SHORTEST} to ${LONGEST}.`);
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationError', message);
}

/** Sixteen of the characters that AWS's own identifiers are made of. */
function identifier(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return [...randomBytes(16)].map((byte) => alphabet[byte % 32]).join('');
}
