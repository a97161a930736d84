import { type ApiAddress, apiAddress } from '../api/address.ts';
import { createCalls } from '../api/calls.ts';
import { createApi } from '../api/client.ts';
import { type RegistrarOptions, registrarCredentials } from '../aws/registrar.ts';
import { stackUrl } from '../aws/stack-url.ts';
import { fileNameOf } from '../cache/folder.ts';
import { ssoProfile } from '../cache/profiles.ts';
import type { CachedSession } from '../cache/session-file.ts';
import type { CommonOptions } from '../connection.ts';
import { usage } from '../failure.ts';
import type { Credentials, Machine } from '../machine.ts';
import type { Register } from './agent.ts';

export interface SourceOptions extends CommonOptions, RegistrarOptions {
  readonly startUrl?: readonly string[];
}

export interface Sources {
  readonly address: ApiAddress;
  registerFor(session: CachedSession): Register | undefined;
}

/** A profile that can sign requests for the sessions of a portal. */
interface Signer {
  readonly profile: string | undefined;
  /** The name of the file that caches the profile's own session. */
  readonly file: string | undefined;
}

/**
 * Determines which sessions are sent, and with which credentials. Only sessions of the given profiles' access portals are sent. A
 * session of another portal, such as another company's or a private AWS Builder ID's, never leaves the machine.
 *
 * @param profiles - each signs for the sessions of its portal; for a session, its own profile is tried first
 * @throws Failure if a profile is not of IAM Identity Center, or if the API's address is not given
 */
export async function sourcesOf(
  machine: Machine,
  options: SourceOptions,
  profiles: readonly string[],
): Promise<Sources> {
  const [first] = profiles;
  const address = await apiAddress(options, machine.env, (stack, region) =>
    stackUrl(stack, region, machine.credentials(first)),
  );
  const signers = await signersOf(machine, options.startUrl, profiles);
  const registerBy = (all: readonly Signer[]): Register => {
    // Credentials are read again for each session, so that failed or expired ones are not reused.
    return async (session) => {
      const own = all.toSorted((a, b) => Number(b.file === session.name) - Number(a.file === session.name));
      const chain = firstOf(own.map(({ profile }) => machine.credentials(profile)));
      const credentials = registrarCredentials(options, machine.env, chain, address.region);
      // One attempt is enough: the agent itself retries for as long as it takes.
      const settings = { attempts: 1, ...(options.timeout && { timeoutMillis: options.timeout * 1000 }) };
      return createCalls(createApi(machine, address, credentials, settings)).register(session.body);
    };
  };
  const registers = new Map([...signers].map(([portal, all]) => [portal, registerBy(all)]));
  return {
    address,
    registerFor: ({ startUrl }) => (startUrl ? registers.get(portalOf(startUrl)) : undefined),
  };
}

/** Returns the signers of each portal. */
async function signersOf(
  machine: Machine,
  startUrls: readonly string[] = [],
  profiles: readonly string[],
): Promise<Map<string, Signer[]>> {
  const signers = new Map<string, Signer[]>();
  const add = (url: string, signer: Signer) =>
    signers.set(portalOf(url), [...(signers.get(portalOf(url)) ?? []), signer]);
  for (const url of startUrls) add(url, { profile: profiles[0], file: undefined });
  // With --start-url, the first profile may have credentials of any kind, because it only signs.
  const ofIdentityCenter = startUrls.length > 0 ? profiles.slice(1) : profiles;
  for (const profile of ofIdentityCenter) {
    const { startUrl, cacheKey } = await ssoProfile(profile, machine.env);
    add(startUrl, { profile, file: fileNameOf(cacheKey) });
  }
  if (signers.size === 0)
    throw usage('No access portal is given: give --profiles, set AWS_PROFILE, or give --start-url.');
  return signers;
}

/** Returns the first credentials that are available: not all profiles of a portal need to be signed in. */
function firstOf(all: readonly Credentials[]): Credentials {
  return async () => {
    let failure: unknown;
    for (const credentials of all) {
      try {
        return await credentials();
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  };
}

/** `https://example.awsapps.com/start`, with `/`, `#` or `#/` at the end, is one portal. */
function portalOf(startUrl: string): string {
  return startUrl.toLowerCase().replace(/[/#]+$/, '');
}
