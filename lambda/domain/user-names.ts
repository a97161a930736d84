import { DomainError } from './errors.ts';
import type { Directory } from './ports.ts';
import type { TokenCache } from './stores.ts';
import type { NameWatch } from './watch.ts';

/** Finds the user names that records keep. A user name is personal data, so a stack has it only if it is told to record names. */
export interface UserNames {
  /**
   * @param asked - `directory`: whether the directory may be asked where no held session has the name
   * @returns undefined if nobody knows the name, or nobody says it in time
   */
  of(
    userId: string,
    asked: { revocationId: string; directory: boolean },
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

export interface UserNamesDeps {
  /** Absent where sessions cannot be read. */
  tokenCache: Pick<TokenCache, 'userNameOf'> | undefined;
  /** Absent where the stack does not know its identity store. */
  directory: Pick<Directory, 'userOf'> | undefined;
  watch: NameWatch;
}

/** A revocation waits no longer for a name: the sessions that are to be ended live on meanwhile. */
const NAME_MILLIS = 1_000;

/** Any answer that the directory gave lately has the name: a removal has just asked it. */
const ANY_RECENT = new Date(0);

/**
 * Takes the name from a held session, where registering has put it: a deleted user has no other. Only then asks the directory.
 * A name that cannot be read is counted, and stops nothing.
 */
export function userNamesOf({ tokenCache, directory, watch }: UserNamesDeps): UserNames {
  return {
    async of(userId, asked, signal) {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(NAME_MILLIS)]);
      try {
        const held = await tokenCache?.userNameOf(userId, inTime);
        if (held !== undefined || !asked.directory) return held;
        const answer = directory?.userOf(userId, inTime, ANY_RECENT);
        return (await orLate(answer, inTime))?.userName;
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        watch.nameless({ revocationId: asked.revocationId, error: error.code });
        return undefined;
      }
    },
  };
}

/** The answer may be one that another caller waits for, with more time: the signal does not end it. */
async function orLate<T>(answer: Promise<T> | undefined, signal: AbortSignal): Promise<T | undefined> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new DomainError('directory-unavailable', 'The name did not come in time.'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([answer, late]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
