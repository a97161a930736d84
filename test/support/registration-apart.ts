import type { TokenCacheFile } from '../../local/emulators/sign-in/sign-ins.ts';

/** The two files of a client that stores its registration in a separate one, as they are sent together. */
export function registrationApart(signedIn: TokenCacheFile) {
  const { clientId, clientSecret, registrationExpiresAt, ...file } = signedIn;
  const clientRegistration = { clientId, clientSecret, expiresAt: registrationExpiresAt };
  return { ...file, clientIdHash: '0123456789abcdef'.repeat(3).slice(0, 40), clientRegistration };
}
