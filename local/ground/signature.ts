import type { IncomingHttpHeaders } from 'node:http';

/** The service in the credential scope of a SigV4 signature, such as `sqs`; undefined for a request that is not signed. */
export function signedService(headers: IncomingHttpHeaders): string | undefined {
  return credentialOf(headers)?.service;
}

/** The id of the access key of a SigV4 signature; undefined for a request that is not signed. */
export function signingKeyId(headers: IncomingHttpHeaders): string | undefined {
  return credentialOf(headers)?.keyId;
}

/** `Credential=<key id>/<date>/<region>/<service>/aws4_request` */
function credentialOf({ authorization = '' }: IncomingHttpHeaders) {
  const pattern =
    /^AWS4-HMAC-SHA256 .*?Credential=(?<keyId>[^/,\s]+)\/([^,\s]+\/)?(?<service>[^/,\s]+)\/aws4_request/;
  return pattern.exec(authorization)?.groups;
}
