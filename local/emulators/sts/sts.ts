import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../ground/clock.ts';
import {
  arnOf,
  CredentialsError,
  callerIdOf,
  type RoleSession,
  type RoleSessions,
} from '../../ground/role-sessions.ts';
import type { FormService } from '../ground/query-protocol.ts';
import { type Handler, type Input, ServiceError } from '../ground/service.ts';
import type { RoleTrusts, Trusts } from './role-trusts.ts';

const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,64})$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const [SHORTEST, USUAL, LONGEST] = [900, 3600, 43_200];

export interface StsOptions {
  readonly clock: Clock;
  /** Receives each new role session. */
  readonly roleSessions: RoleSessions;
  /** Everybody may assume a role that is not listed here, except a role of a permission set. */
  readonly trusts: RoleTrusts;
}

/** Emulates AssumeRole of AWS STS. The caller's own policies are not checked. */
export function stsService(options: StsOptions): FormService {
  return {
    name: 'sts',
    form: { version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
    handlers: {
      AssumeRole: (input, _signal, headers) => assumeRole(input, signerOf(headers, options), options),
    } satisfies Record<string, Handler>,
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

/** @throws ServiceError ExpiredToken, InvalidClientTokenId */
function signerOf(headers: IncomingHttpHeaders, { roleSessions }: StsOptions): RoleSession {
  try {
    return roleSessions.signerOf(headers);
  } catch (error) {
    if (error instanceof CredentialsError) throw new ServiceError(error.code, error.message, 403);
    throw error;
  }
}

/** @throws ServiceError AccessDenied, ValidationError */
function assumeRole(
  { RoleArn, RoleSessionName, DurationSeconds }: Input,
  caller: RoleSession,
  { clock, roleSessions, trusts }: StsOptions,
): object {
  const [, accountId, roleName] = ROLE_ARN.exec(requireText('RoleArn', RoleArn)) ?? [];
  const sessionName = requireText('RoleSessionName', RoleSessionName);
  if (!accountId || !roleName) throw invalid(`${String(RoleArn)} is invalid`);
  if (!SESSION_NAME.test(sessionName))
    throw invalid(`Value '${sessionName}' at 'roleSessionName' failed to satisfy its constraints.`);
  if (!mayAssume({ accountId, roleName }, trusts)(caller, sessionName)) throw denied(caller, String(RoleArn));
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

/** Only Identity Center's own identity provider begins sessions of such a role, which it names after the user. */
const PERMISSION_SET_ROLE = /^AWSReservedSSO_/;

/** A role's name is unique in its account, whatever its path. An unknown role trusts everybody. */
function mayAssume(
  { accountId, roleName }: Pick<RoleSession, 'accountId' | 'roleName'>,
  known: RoleTrusts,
): Trusts {
  if (PERMISSION_SET_ROLE.test(roleName)) return () => false;
  const [, trusts] =
    [...known].find(([arn]) => {
      const [, account, name] = ROLE_ARN.exec(arn) ?? [];
      return account === accountId && name === roleName;
    }) ?? [];
  return trusts ?? (() => true);
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

function denied(caller: RoleSession, roleArn: string): ServiceError {
  const message = `User: ${arnOf(caller)} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  return new ServiceError('AccessDenied', message, 403);
}

/** Returns 16 characters of the alphabet of AWS's own identifiers. */
function identifier(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return [...randomBytes(16)].map((byte) => alphabet[byte % 32]).join('');
}
