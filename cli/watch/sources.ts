import { type ApiAddress, apiAddress } from '../api/address.ts';
import { createCalls } from '../api/calls.ts';
import { createApi } from '../api/client.ts';
import { type RegistrarOptions, registrarCredentials } from '../aws/registrar.ts';
import { stackUrl } from '../aws/stack-url.ts';
import { ssoProfile } from '../cache/profiles.ts';
import type { CommonOptions } from '../connection.ts';
import { usage } from '../failure.ts';
import type { Machine } from '../machine.ts';
import type { Register } from './agent.ts';

export interface SourceOptions extends CommonOptions, RegistrarOptions {
  readonly startUrl?: readonly string[];
}

export interface Sources {
  readonly address: ApiAddress;
  registerFor(startUrl: string | undefined): Register | undefined;
}

/**
 * Whose sessions are sent, and with which credentials: those of the access portals of the given profiles. A session of another
 * portal is somebody else's business, such as that of another company or a private AWS Builder ID, and never leaves the machine.
 *
 * @param profiles - each is used for the sessions of its own portal
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
  const registerBy = (profile: string | undefined): Register => {
    // Read anew for each session: a provider that failed, or that holds credentials of a session that ended, is not kept.
    return (session) => {
      const chain = machine.credentials(profile);
      const credentials = registrarCredentials(options, machine.env, chain, address.region);
      // The agent repeats by itself, for as long as it takes.
      const settings = { attempts: 1, ...(options.timeout && { timeoutMillis: options.timeout * 1000 }) };
      return createCalls(createApi(machine, address, credentials, settings)).register(session.body);
    };
  };
  const byPortal = new Map<string, Register>();
  for (const url of options.startUrl ?? []) byPortal.set(portalOf(url), registerBy(first));
  for (const name of profiles) {
    const isOfIdentityCenter = options.startUrl === undefined || profiles.length > 1;
    if (isOfIdentityCenter)
      byPortal.set(portalOf((await ssoProfile(name, machine.env)).startUrl), registerBy(name));
  }
  if (byPortal.size === 0)
    throw usage(
      'Whose sessions are to be registered is not known: give --profiles, set AWS_PROFILE, or give --start-url.',
    );
  return { address, registerFor: (url) => (url === undefined ? undefined : byPortal.get(portalOf(url))) };
}

/** `https://example.awsapps.com/start`, with `/`, `#` or `#/` at the end, is one portal. */
function portalOf(startUrl: string): string {
  return startUrl.toLowerCase().replace(/[/#]+$/, '');
}
