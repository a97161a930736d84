import { usage } from '../failure.ts';
import type { Machine } from '../machine.ts';

export interface ApiAddress {
  /** The address, without a slash at its end. */
  readonly url: string;
  readonly region: string;
}

/** How the command line names the API. */
export interface ApiOptions {
  readonly api?: string;
  readonly stack?: string;
  readonly region?: string;
}

/** Asks CloudFormation for the output `ApiUrl` of a stack. */
export type StackUrl = (stack: string, region: string | undefined) => Promise<string>;

/** `https://….execute-api.eu-west-1.amazonaws.com`, in any partition. */
const EXECUTE_API = /\.execute-api\.([a-z0-9-]+)\./;

/**
 * Finds the address of the API: `--api`, `--stack`, `REVOCATION_API`, in this order. Also finds the Region for which requests are
 * signed: `--region`, `REVOCATION_REGION`, the address, `AWS_REGION`, `AWS_DEFAULT_REGION`, in this order.
 *
 * @throws Failure if one of them is missing, or the address would send tokens unencrypted
 */
export async function apiAddress(
  options: ApiOptions,
  env: Machine['env'],
  stackUrl: StackUrl,
): Promise<ApiAddress> {
  const named = options.region ?? env.REVOCATION_REGION;
  const own = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  const text =
    options.api ?? (options.stack ? await stackUrl(options.stack, named ?? own) : env.REVOCATION_API);
  if (!text)
    throw usage(
      'The address of the API is missing: give --api URL, --stack NAME, or set REVOCATION_API to the output ApiUrl of the stack.',
    );
  const url = checkedUrl(text);
  const region = named || (EXECUTE_API.exec(url)?.[1] ?? own);
  if (!region)
    throw usage('The address does not tell the Region of the API: give --region, or set REVOCATION_REGION.');
  return { url, region };
}

/** Requires https, because a token in an unencrypted request could be read on its way. @throws Failure */
function checkedUrl(text: string): string {
  if (!URL.canParse(text))
    throw usage(`${text} is not an address: give one such as https://api.example.com.`);
  const { protocol, hostname, username, password, search, hash, href } = new URL(text);
  if (username || password) throw usage('The address of the API must not have a user or a password in it.');
  if (search || hash)
    throw usage('The address of the API must end with its path: leave out what follows ? or #.');
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isHere))
    throw usage('The address of the API must begin with https://, because tokens are sent to it.');
  return href.replace(/\/+$/, '');
}
