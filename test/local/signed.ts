export interface Keys {
  readonly accessKeyId?: string | undefined;
  readonly sessionToken?: string | undefined;
}

/** The headers of a signed request, as far as the local run reads them. */
export function signed(service: string, { accessKeyId = 'unknown', sessionToken }: Keys) {
  const scope = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261122/us-east-1/${service}/aws4_request`;
  return {
    authorization: `${scope}, SignedHeaders=host;x-amz-date, Signature=0`,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
}
