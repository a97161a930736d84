import { type ApiAddress, type ApiOptions, apiAddress } from './api/address.ts';
import { type Calls, createCalls } from './api/calls.ts';
import { createApi } from './api/client.ts';
import { stackUrl } from './aws/stack-url.ts';
import { userIdOf } from './aws/user-id.ts';
import type { Credentials, Machine } from './machine.ts';

/** What every command takes. */
export interface CommonOptions extends ApiOptions {
  readonly profile?: string;
  readonly json?: boolean;
  /** Of one request, in seconds. */
  readonly timeout?: number;
  readonly identityStore?: string;
}

/** The API as a command uses it. */
export interface Connection {
  readonly calls: Calls;
  readonly address: ApiAddress;
  readonly credentials: Credentials;
  /** The id of a user who is named by id or by user name. @throws Failure if nobody has the name, or it cannot be looked up */
  userIdOf(user: string): Promise<string>;
}

/**
 * @param as - gives the credentials by which requests are signed, from those of the command line; the same unless told
 * @throws Failure if the command line and the environment do not say where the API is
 */
export async function connect(
  machine: Machine,
  options: CommonOptions,
  as: (credentials: Credentials, region: string) => Credentials = (credentials) => credentials,
): Promise<Connection> {
  const credentials = machine.credentials(options.profile);
  const address = await apiAddress(options, machine.env, (stack, region) =>
    stackUrl(stack, region, credentials),
  );
  const settings = options.timeout === undefined ? {} : { timeoutMillis: options.timeout * 1000 };
  const calls = createCalls(createApi(machine, address, as(credentials, address.region), settings));
  const identityStore = options.identityStore ?? machine.env.IDENTITY_STORE_ID;
  const directory = { region: address.region, credentials, identityStore };
  return { calls, address, credentials, userIdOf: (user) => userIdOf(user, directory) };
}
