import { loadSharedConfigFiles } from '@smithy/core/config';
import { usage } from '../failure.ts';
import type { Machine } from '../machine.ts';

/** What a profile of IAM Identity Center says about its sign-in session. */
export interface SsoProfile {
  readonly name: string;
  /** The name of the token-cache file is a hash of this. */
  readonly cacheKey: string;
  readonly startUrl: string;
}

/** @throws Failure if there is no such profile, or if it is not a profile of IAM Identity Center */
export async function ssoProfile(name: string, env: Machine['env']): Promise<SsoProfile> {
  const { configFile } = await loadSharedConfigFiles({ ignoreCache: true });
  const profile = configFile[name];
  const where = env.AWS_CONFIG_FILE ?? '~/.aws/config';
  if (!profile)
    throw usage(`There is no profile ${name} in ${where}: run \`aws configure sso --profile ${name}\`.`);
  const session = profile.sso_session;
  const startUrl = session ? configFile[`sso-session.${session}`]?.sso_start_url : profile.sso_start_url;
  if (!startUrl)
    throw usage(
      `Profile ${name} in ${where} is not a profile of IAM Identity Center: it has neither sso_session nor sso_start_url.`,
    );
  return { name, startUrl, cacheKey: session ?? startUrl };
}
