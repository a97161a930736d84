/** Endpoints of calls that are not signed. */
const UNSIGNED = ['AWS_ENDPOINT_URL_SSO', 'AWS_ENDPOINT_URL_SSO_OIDC'];

export interface GivenCredentials {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_SESSION_TOKEN?: string;
}

/** @returns the caller's credentials, if the caller also named a service that may check them; no other service may see them */
export function givenCredentials(env: NodeJS.ProcessEnv): GivenCredentials | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY = 'local', AWS_SESSION_TOKEN } = env;
  const isSignedFor = ([name, value]: [string, string | undefined]) =>
    name.startsWith('AWS_ENDPOINT_URL') && value && !UNSIGNED.includes(name);
  if (!AWS_ACCESS_KEY_ID || !Object.entries(env).some(isSignedFor)) return undefined;
  return { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...(AWS_SESSION_TOKEN && { AWS_SESSION_TOKEN }) };
}
