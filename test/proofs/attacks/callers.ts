import { ACCOUNT_ID } from '../../../local/ground/account.ts';

export type Headers = Record<string, string>;

/** Temporary credentials, as far as a request shows them. */
export interface Keys {
  accessKeyId: string;
  sessionToken: string;
}

/** What the portal hands out for a token; undefined for a dead one. */
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

/** What STS hands out; undefined where it refuses. */
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

/** Headers of a request that is signed with these; with those of nobody if there are none. */
export function signed(service: string, keys: Keys | undefined): Headers {
  const scope = `${keys?.accessKeyId ?? 'nobody'}/20260101/us-east-1/${service}/aws4_request`;
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=0`,
    ...(keys && { 'x-amz-security-token': keys.sessionToken }),
  };
}
