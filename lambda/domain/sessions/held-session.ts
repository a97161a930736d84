import { DomainError } from '../errors.ts';
import type { LogoutFailed, Opener, Sealer, SessionEnded } from '../ports.ts';
import type { CachedSession, HeldSession, SessionTokens } from '../session.ts';
import type { TokenCache } from '../stores.ts';
import { type EndSessionDeps, endByRefresh, type KeepTokens } from './end-session.ts';

/** The parts that are needed to read the tokens of a held session, and to replace them. */
export interface HeldTokens {
  tokenCache: Pick<TokenCache, 'held' | 'replace'>;
  opener: Opener;
  sealer: Sealer;
}

/**
 * Ends a session with the refresh token of its held copy, because the session may be alive after its access token has expired.
 *
 * @returns undefined if there is no refresh token, or if the token service refuses it
 * @throws DomainError `store-unavailable`, `cipher-unavailable`: the session may be alive
 */
export async function endThroughCopy(
  deps: EndSessionDeps & HeldTokens,
  copy: CachedSession,
  signal: AbortSignal,
): Promise<SessionEnded | LogoutFailed | undefined> {
  const held = await deps.tokenCache.held(copy, signal);
  const tokens = held && (await opened(deps.opener, held, signal));
  if (!held || !tokens?.refresh) return undefined;
  const keep = keeping(deps.sealer, deps.tokenCache.replace, held, signal);
  return endByRefresh(deps, { ...held, tokens, keep }, tokens.refresh, signal);
}

/** The tokens of a copy; undefined if they can never be decrypted. */
async function opened(
  opener: Opener,
  held: HeldSession,
  signal: AbortSignal,
): Promise<SessionTokens | undefined> {
  try {
    return await opener.open(held.sealed, held, signal);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'ciphertext-invalid') return undefined;
    throw error;
  }
}

/**
 * Makes the function that stores the new tokens of a held session.
 *
 * @throws DomainError `store-unavailable`, `cipher-unavailable`
 */
export function keeping(
  sealer: Sealer,
  hold: (session: HeldSession, signal: AbortSignal) => Promise<unknown>,
  session: Omit<HeldSession, 'accessTokenExpiresAt' | 'sealed'>,
  signal: AbortSignal,
): KeepTokens {
  return async (tokens, accessTokenExpiresAt) => {
    const sealed = await sealer.seal(tokens, session, signal);
    await hold({ ...session, accessTokenExpiresAt, sealed }, signal);
  };
}
