import type { RevokeUserJob } from '../../lambda/domain/job.ts';
import { Secret } from '../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../lambda/domain/session.ts';
import type { World } from './fakes.ts';

export const ALICE = '0a1b2c3d-1111-4222-8333-444455556666';
export const BOB = '9067f0a1b2-3c9d5e70-81f4-4a26-9b3e-6d07c2a8e514';

/** Holds sessions of a user as if they had been registered, and returns their ids. */
export async function hold({ sealer, cache }: World, userId: string, ...tokens: string[]): Promise<string[]> {
  const { signal } = new AbortController();
  const held = tokens.map(async (token) => {
    const accessToken = new Secret(token);
    const row = { userId, sessionId: sessionIdOf(accessToken) };
    const sealed = await sealer.seal({ accessToken }, row, signal);
    const expiresAt = new Date('2027-01-01T00:00:00Z');
    await cache.hold(
      {
        ...row,
        refreshable: false,
        confirmed: true,
        registeredAt: new Date(0),
        accessTokenExpiresAt: expiresAt,
        expiresAt,
        sealed,
      },
      signal,
    );
    return row.sessionId;
  });
  return Promise.all(held);
}

/** A job of an event, as if the queue had delivered it. */
export function someJob(overrides: Partial<RevokeUserJob> = {}): RevokeUserJob {
  return {
    kind: 'revoke-user',
    revocationId: `user.${'r'.repeat(43)}`,
    source: 'event',
    requestedBy: 'an event',
    requestedAt: '2026-01-01T00:00:00.000Z',
    userId: ALICE,
    cause: 'signed-out',
    ...overrides,
  };
}

export const someTokens = (count: number, prefix = 'token') =>
  Array.from({ length: count }, (_, n) => `${prefix}-${String(n).padStart(5, '0')}`);

/** The fence of a removal: it covers everything registered while it stands. */
export const fenceUntil = (until: Date, askedAt = new Date(0)) => ({ until, coveredUntil: until, askedAt });
