import { LogoutCommand, SSOClient } from '@aws-sdk/client-sso';

/** Only calls Logout, with the given concurrency. No function can be faster. */

export interface BareLogouts {
  readonly accessTokens: readonly string[];
  readonly atOnce: number;
}

const sso = new SSOClient({});

export async function handler({ accessTokens, atOnce }: BareLogouts) {
  const rest = accessTokens.values();
  const worker = async () => {
    for (const accessToken of rest) await sso.send(new LogoutCommand({ accessToken }));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { statusCode: 200 };
}
