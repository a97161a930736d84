import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../machine.ts';

export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** The headers of a request with SigV4's added, for API Gateway. @throws Failure when there are no credentials */
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
    // The signer wants a constructor without parameters, which the type of `bind` does not say.
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
  // fetch sets it itself, to the same.
  const { host: _, ...others } = signed;
  return others;
}
