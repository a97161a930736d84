import type { Caller } from '../../../lambda/shell/caller.ts';
import type { TokenCacheFile } from '../../../local/emulators/sign-in/sign-ins.ts';
import { hashOf } from '../../../local/ground/token-hash.ts';
import type { Request, System } from './system.ts';
import type { Row } from './system-surroundings.ts';

/** A sign-in session, as its owner knows it. */
export interface Session {
  sessionId: string;
  userId: string;
  userName: string;
  file: TokenCacheFile;
  /** Whether the system gets what it needs to refresh the session. */
  isRefreshable: boolean;
  /** When the system first answered 201 or 200. */
  acceptedAt?: number;
}

/** If a session is not refreshable, its access token lives as long as the session; otherwise an hour. */
const SESSION_SECONDS = 8 * 60 * 60;

export function signIn(system: System, userName: string, isRefreshable: boolean): Session {
  const { signIns, users } = system.emulators;
  const region = process.env.PORTAL_REGIONS ?? '';
  const file = signIns.signIn({
    userName,
    region,
    ...(!isRefreshable && { accessTokenSeconds: SESSION_SECONDS }),
  });
  return {
    sessionId: hashOf(file.accessToken),
    userId: users.find(userName)?.userId ?? '',
    userName,
    file,
    isRefreshable,
  };
}

/** The parts of a session that are sent. */
export function tokensOf({ file, isRefreshable }: Session): object {
  const { accessToken, expiresAt } = file;
  return isRefreshable ? { ...file } : { accessToken, expiresAt };
}

export const CALLER = callerOfRole('offboarding', 'workflow');

function callerOfRole(role: string, session: string): Caller {
  const owner = `arn:aws:sts::000000000000:assumed-role/${role}`;
  return { name: `${owner}/${session}`, owner, roleSession: { role, session } };
}

/** The role session by which a person calls. */
export function callerOf(userName: string): Caller {
  return callerOfRole('AWSReservedSSO_Developer_0123456789abcdef', userName);
}

/** How a login wrapper registers a person's own session, and how a service registers for others. */
export const registrations = {
  registerOwn: ({ userName }: Session, body: object): Request => ({ body, caller: callerOf(userName) }),
  register: ({ userId }: Session, body: object): Request => ({ body, pathParameters: { userId } }),
};
export type Registration = keyof typeof registrations;

/** Whether the portal considers the session alive, perhaps only by its refresh token. */
export function isAlive({ emulators: { signIns } }: System, { file }: Session): boolean {
  const { accessToken, clientId, refreshToken } = file;
  return signIns.userOf(accessToken) !== undefined || signIns.refresh(clientId, refreshToken) !== undefined;
}

/** The session's id, and those of its later access tokens, as the system got them. */
export function idsOf(system: System, { sessionId, file }: Session): string[] {
  return [sessionId, ...(system.issued.get(hashOf(file.refreshToken)) ?? [])];
}

export function isHeld(cache: Row[], session: Session): boolean {
  return cache.some(({ userId, sessionId }) => userId === session.userId && sessionId === session.sessionId);
}
