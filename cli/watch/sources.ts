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

/** Who can sign for the sessions of a portal. */
interface Signer {
  readonly profile: string | undefined;
  /** Where that profile's own session is cached. */
  readonly file: string | undefined;
}

/**
 * Whose sessions are sent, and with which credentials: those of the access portals of the given profiles. A session of another
 * portal is somebody else's business, such as that of another company or a private AWS Builder ID, and never leaves the machine.
 *
 * @param profiles - each signs for the sessions of its own portal, and first of all for its own
 * @throws Failure if a profile is none of IAM Identity Center, or nothing says where the API is
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
    // Read anew for each session: what failed, or belongs to a session that has ended, is not kept.
    return async (session) => {
      const own = all.toSorted((a, b) => Number(b.file === session.name) - Number(a.file === session.name));
      const chain = firstOf(own.map(({ profile }) => machine.credentials(profile)));
      const credentials = registrarCredentials(options, machine.env, chain, address.region);
      // The agent repeats by itself, for as long as it takes.
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

/** By portal. */
async function signersOf(
  machine: Machine,
  startUrls: readonly string[] = [],
  profiles: readonly string[],
): Promise<Map<string, Signer[]>> {
  const signers = new Map<string, Signer[]>();
  const add = (url: string, signer: Signer) =>
    signers.set(portalOf(url), [...(signers.get(portalOf(url)) ?? []), signer]);
  for (const url of startUrls) add(url, { profile: profiles[0], file: undefined });
  // With --start-url, one profile may have credentials of any kind: it only signs.
  const ofIdentityCenter = startUrls.length > 0 ? profiles.slice(1) : profiles;
  for (const profile of ofIdentityCenter) {
    const { startUrl, cacheKey } = await ssoProfile(profile, machine.env);
    add(startUrl, { profile, file: fileNameOf(cacheKey) });
  }
  if (signers.size === 0)
    throw usage(
      'Whose sessions are to be registered is not known: give --profiles, set AWS_PROFILE, or give --start-url.',
    );
  return signers;
}

/** The first credentials that there are: of several profiles of a portal, not all need to be signed in. */
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
