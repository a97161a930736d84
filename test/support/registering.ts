import type { RegisterSessionRequest } from '../../lambda/domain/register/register-session.ts';
import { Secret } from '../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../lambda/domain/session.ts';
import { fakeDirectory, fakeWorld, type World } from './fakes.ts';
import { ALICE, BOB } from './sessions.ts';

export const registeredAt = new Date('2026-01-01T00:00:00Z');
export const hoursLater = (hours: number) => new Date(registeredAt.getTime() + hours * 3_600_000);

const accessToken = new Secret('a token');
/** The id of the session that `aRegistration` registers. */
export const registeredId = sessionIdOf(accessToken);

export const someRefresh = (token = 'a refresh token') => ({
  refreshToken: new Secret(token),
  clientId: 'a client',
  clientSecret: new Secret('a secret'),
});

/** Alice's session, registered by a caller who may register for anyone. */
export function aRegistration(overrides: Partial<RegisterSessionRequest> = {}): RegisterSessionRequest {
  return {
    owner: { user: { userId: ALICE } },
    accessToken,
    accessTokenExpiresAt: hoursLater(1),
    requestedBy: 'x',
    ...overrides,
  };
}

/** A world in which Alice and Bob may sign in, and the clock stands still. */
export function registeringWorld(overrides: Partial<World> = {}): World {
  const users = { [ALICE]: 'enabled', [BOB]: 'enabled' } as const;
  const directory = fakeDirectory(users, { alice: ALICE, bob: BOB });
  return { ...fakeWorld(), clock: () => registeredAt, directory, ...overrides };
}
