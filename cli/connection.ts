import { type ApiAddress, type ApiOptions, apiAddress } from './api/address.ts';
import { type Calls, createCalls } from './api/calls.ts';
import { createApi } from './api/client.ts';
import { stackUrl } from './aws/stack-url.ts';
import { userIdOf } from './aws/user-id.ts';
import type { Credentials, Machine } from './machine.ts';

/** The options that every command accepts. */
export interface CommonOptions extends ApiOptions {
  readonly profile?: string;
  readonly json?: boolean;
  /** The timeout of one request, in seconds. */
  readonly timeout?: number;
  readonly identityStore?: string;
}

/** The API as a command uses it. */
export interface Connection {
  readonly calls: Calls;
  readonly address: ApiAddress;
  readonly credentials: Credentials;
  /** Returns the id of a user, by id or by user name. @throws Failure if nobody has the name, or if it cannot be looked up */
  userIdOf(user: string): Promise<string>;
}

/**
 * @param as - turns the credentials of the command line into those that sign requests; by default, they are the same
 * @throws Failure if neither the command line nor the environment gives the API's address
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
