import { ACCOUNT_ID } from '../../local/ground/account.ts';

export type Headers = Record<string, string>;

/** The parts of temporary credentials that a request shows. */
export interface Keys {
  readonly accessKeyId?: string | undefined;
  readonly sessionToken?: string | undefined;
}

/** The role credentials that the portal issues for a token; undefined for a dead one. */
export async function roleCredentials(
  portalUrl: string,
  accessToken: string,
  accountId = ACCOUNT_ID,
): Promise<Keys | undefined> {
  const query = new URLSearchParams({ account_id: accountId, role_name: 'Developer' });
  const headers = { 'x-amz-sso_bearer_token': accessToken };
  const response = await fetch(`${portalUrl}/federation/credentials?${query}`, { headers });
  return Object(await response.json()).roleCredentials;
}

/** The credentials that STS issues; undefined if it refuses. */
export async function assumedRole(
  url: string,
  role: { RoleArn: string; RoleSessionName: string },
  keys: Keys | undefined,
): Promise<Keys | undefined> {
  const form = new URLSearchParams({ Action: 'AssumeRole', Version: '2011-06-15', ...role });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...signed('sts', keys) };
  const response = await fetch(url, { method: 'POST', headers, body: form.toString() });
  const text = await response.text();
  const [, accessKeyId] = /<AccessKeyId>(.*?)</.exec(text) ?? [];
  const [, sessionToken] = /<SessionToken>(.*?)</.exec(text) ?? [];
  return accessKeyId && sessionToken ? { accessKeyId, sessionToken } : undefined;
}

/** The headers of a signed request that the local run reads. By default, the key is unknown. */
export function signed(service: string, { accessKeyId = 'unknown', sessionToken }: Keys = {}): Headers {
  const scope = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261122/us-east-1/${service}/aws4_request`;
  return {
    authorization: `${scope}, SignedHeaders=host;x-amz-date, Signature=0`,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
}
