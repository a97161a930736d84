import type { IncomingHttpHeaders } from 'node:http';

/** The service in the credential scope of a SigV4 signature, such as `sqs`; undefined for a request that is not signed. */
export function signedService({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  return /^AWS4-HMAC-SHA256 .*?Credential=[^,\s]+\/([^/,\s]+)\/aws4_request/.exec(authorization)?.[1];
}
