import { EXIT } from '../exit-codes.ts';
import { Failure, nameOf } from '../failure.ts';
import type { Credentials } from '../machine.ts';

/** The time limit of the credential chain. It includes the time that a person needs in a browser. */
const LIMIT_MILLIS = 30_000;

/**
 * Uses AWS's default credential chain, for a profile if one is named.
 *
 * @returns a function that throws a `Failure` if the chain finds nothing in time
 */
export function chainOf(profile: string | undefined): Credentials {
  let provider: Credentials | undefined;
  return async () => {
    try {
      // Loaded only when it is needed, so that `icr --help` does not wait for it.
      const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
      provider ??= defaultProvider({ ...(profile !== undefined && { profile }), maxRetries: 1 });
      return await within(LIMIT_MILLIS, provider());
    } catch (error) {
      throw noCredentials(profile, nameOf(error));
    }
  };
}

function noCredentials(profile: string | undefined, reason: string): Failure {
  const whose =
    profile === undefined ? 'No AWS credentials were found' : `Profile ${profile} gave no credentials`;
  const todo = `run \`aws sso login${profile === undefined ? '' : ` --profile ${profile}`}\`, or set AWS_PROFILE`;
  return new Failure(EXIT.refused, `${whose} (${reason}): ${todo}.`, { code: reason });
}

async function within<T>(millis: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = Object.assign(new Error('late'), { name: 'TimeoutError' });
    timer = setTimeout(() => reject(error), millis);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
