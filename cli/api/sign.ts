import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../machine.ts';

export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Adds the headers of SigV4 for API Gateway to those of a request. @throws Failure if there are no credentials */
export async function signedHeaders(
  { method, url, headers, body }: UnsignedRequest,
  region: string,
  credentials: Credentials,
  now: Date,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    credentials: await credentials(),
    // The signer needs a constructor without parameters. The type of `bind` does not express that.
    sha256: Hash.bind(undefined, 'sha256') as unknown as typeof Hash & (new () => Hash),
  });
  const request = {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    ...(body !== undefined && { body }),
  };
  const { headers: signed } = await signer.sign(request, { signingDate: now });
  // fetch sets `host` itself, to the same value.
  const { host: _, ...others } = signed;
  return others;
}
