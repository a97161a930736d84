import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../ground/clock.ts';
import { createUsers, type Users } from '../identity-store/users.ts';

/** A token-cache file as the AWS CLI writes it to ~/.aws/sso/cache; times are `2026-01-02T03:04:05Z`. */
export interface TokenCacheFile {
  readonly startUrl: string;
  readonly region: string;
  readonly accessToken: string;
  readonly expiresAt: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly registrationExpiresAt: string;
  readonly refreshToken: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** How many seconds the access token is valid. */
  readonly expiresIn: number;
}

export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface SignInOptions {
  /** A user who does not exist is created. */
  readonly userName?: string;
  readonly region?: string;
  /** How long each of the session's access tokens is valid. @default an hour */
  readonly accessTokenSeconds?: number;
}

/** The sign-in sessions of one Identity Center instance, and their OIDC clients. */
export interface SignIns {
  register(): Client;
  isRegistered(clientId: string, clientSecret: string): boolean;
  /** Begins a session, as if a person signed in to a registered client. */
  begin(clientId: string, options?: SignInOptions): Tokens;
  /** Issues a new access token for the refresh token's session; undefined if that is over or began with another client. */
  refresh(clientId: string, refreshToken: string): Tokens | undefined;
  /** The user of the session; undefined if the token is unknown or expired, or its session is over. */
  userOf(accessToken: string): string | undefined;
  /** Ends the token's session, with all its tokens. @returns false if the token was not valid any more */
  logout(accessToken: string): boolean;
  /** Signs a person in as the AWS CLI does, and returns the token-cache file. */
  signIn(options?: SignInOptions): TokenCacheFile;
}

interface Session {
  readonly clientId: string;
  readonly userName: string;
  readonly accessTokenSeconds: number;
  readonly endsAt: number;
  isOver: boolean;
}

/** The user who signs in by default. */
export const DEFAULT_USER = 'jdoe';

export const START_URL = 'https://local.awsapps.com/start';

const ACCESS_TOKEN_SECONDS = 60 * 60;
const SESSION_SECONDS = 8 * 60 * 60;
const REGISTRATION_SECONDS = 90 * 24 * 60 * 60;

/**
 * @param users - Users are only added here. Sessions of disabled or deleted users stay valid, because AWS does not promise to
 * end them at once.
 */
export function createSignIns(clock: Clock = Date.now, users: Users = createUsers()): SignIns {
  const clients = createClients(clock);
  const sessions = createSessions(clock, users);
  return {
    ...clients,
    ...sessions,
    signIn(options = {}) {
      const client = clients.register();
      const { accessToken, refreshToken, expiresIn } = sessions.begin(client.clientId, options);
      return {
        startUrl: START_URL,
        region: options.region ?? 'us-east-1',
        accessToken,
        expiresAt: toSeconds(clock() + expiresIn * 1000),
        clientId: client.clientId,
        clientSecret: client.clientSecret,
        registrationExpiresAt: toSeconds(client.expiresAt),
        refreshToken,
      };
    },
  };
}

function createClients(clock: Clock): Pick<SignIns, 'register' | 'isRegistered'> {
  const clients = new Map<string, Client>();
  return {
    register() {
      const expiresAt = clock() + REGISTRATION_SECONDS * 1000;
      const client = { clientId: `local-client-${randomUUID()}`, clientSecret: secret('client'), expiresAt };
      clients.set(client.clientId, client);
      return client;
    },
    isRegistered: (clientId, clientSecret) => clients.get(clientId)?.clientSecret === clientSecret,
  };
}

function createSessions(
  clock: Clock,
  users: Users,
): Pick<SignIns, 'begin' | 'refresh' | 'userOf' | 'logout'> {
  const accessTokens = new Map<string, { session: Session; expiresAt: number }>();
  const refreshTokens = new Map<string, Session>();
  const isLive = (session: Session) => !session.isOver && clock() < session.endsAt;
  const liveSession = (accessToken: string) => {
    const found = accessTokens.get(accessToken);
    return found && clock() < found.expiresAt && isLive(found.session) ? found.session : undefined;
  };
  const issue = (session: Session, refreshToken: string): Tokens => {
    const accessToken = secret('access');
    accessTokens.set(accessToken, { session, expiresAt: clock() + session.accessTokenSeconds * 1000 });
    return { accessToken, refreshToken, expiresIn: session.accessTokenSeconds };
  };
  return {
    begin(clientId, { userName = DEFAULT_USER, accessTokenSeconds = ACCESS_TOKEN_SECONDS } = {}) {
      if (!users.find(userName)) users.create({ userName });
      const endsAt = clock() + SESSION_SECONDS * 1000;
      const session: Session = { clientId, userName, accessTokenSeconds, endsAt, isOver: false };
      const refreshToken = secret('refresh');
      refreshTokens.set(refreshToken, session);
      return issue(session, refreshToken);
    },
    refresh(clientId, refreshToken) {
      const session = refreshTokens.get(refreshToken);
      return session && isLive(session) && session.clientId === clientId
        ? issue(session, refreshToken)
        : undefined;
    },
    userOf: (accessToken) => liveSession(accessToken)?.userName,
    logout(accessToken) {
      const session = liveSession(accessToken);
      if (session) session.isOver = true;
      return session !== undefined;
    },
  };
}

/** A random secret, whose prefix shows that it is not a real one. */
function secret(kind: 'access' | 'refresh' | 'client'): string {
  return `local-${kind}-${randomBytes(48).toString('base64url')}`;
}

function toSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
