import { DomainError } from '../errors.ts';
import type { LogoutFailed, Opener, Sealer, SessionEnded } from '../ports.ts';
import type { CachedSession, HeldSession, SessionTokens } from '../session.ts';
import type { TokenCache } from '../stores.ts';
import { type EndSessionDeps, endByRefresh, type KeepTokens } from './end-session.ts';

/** What it takes to read the tokens of a session that is held, and to hold others in their place. */
export interface HeldTokens {
  tokenCache: Pick<TokenCache, 'held' | 'replace'>;
  opener: Opener;
  sealer: Sealer;
}

/**
 * Ends a session through the refresh token that is held of it: a dead access token does not mean a dead session.
 *
 * @returns undefined when there is no such token, or the token service refuses it
 * @throws DomainError `store-unavailable`, `cipher-unavailable`: it is not known
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

/** The tokens of a copy; none if it can never be opened. */
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

/** Holds a session with its new tokens in place of the old ones. @throws DomainError when that fails */
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
