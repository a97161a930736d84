import type { TokenCacheFile } from '../../local/emulators/sign-in/sign-ins.ts';
import { hashOf } from '../../local/ground/token-hash.ts';
import { watch } from './everywhere.ts';
import { startRotatingTokens } from './rotating-tokens.ts';
import { start, workedOff } from './running-stack.ts';
import { secretFinder } from './secrets.ts';

/** A running stack whose token service rotates tokens, and which knows every secret that was issued. */
export async function startSecretStack() {
  /** Milliseconds by which the clock of portal and queues is ahead. The functions use the computer's clock. */
  let elapsed = 0;
  let endpoint = '';
  const tokens = await startRotatingTokens(() => endpoint);
  const running = await start({ AWS_ENDPOINT_URL_SSO_OIDC: tokens.url }, () => Date.now() + elapsed);
  const { emulator } = running.stack;
  endpoint = emulator.url;
  const watched = watch(running);
  const files: TokenCacheFile[] = [];
  const { signIn } = emulator.signIns;
  emulator.signIns.signIn = (options) => {
    const file = signIn(options);
    files.push(file);
    return file;
  };
  const secrets = () => [
    ...files.flatMap(({ accessToken, refreshToken, clientSecret }) => [
      accessToken,
      refreshToken,
      clientSecret,
    ]),
    ...tokens.issued,
  ];
  const pass = (millis: number) => {
    elapsed += millis;
  };
  return {
    running,
    watched,
    pass,
    /** The tokens that replaced others. */
    issued: tokens.issued,
    /**
     * Looks for secrets everywhere.
     *
     * @param more - other places to look at
     * @returns where secrets are, and how many sessions are unknown: if all are, the search read nothing
     */
    async look(more: Record<string, string>) {
      const everywhere = { ...(await watched.look()), ...more };
      const { find } = secretFinder(secrets());
      const found = Object.entries(everywhere).flatMap(([place, text]) =>
        find(text).map((what) => `${place}: ${what}`),
      );
      const text = Object.values(everywhere).join('\n');
      const unknown = files.filter(({ accessToken }) => !text.includes(hashOf(accessToken)));
      return { found, unknown: unknown.length };
    },
    /** Waits until no message is queued or being processed. Delayed messages arrive sooner. */
    quiet: () => workedOff(running, pass, 120),
    async close() {
      await running.close();
      await tokens.close();
    },
  };
}

export type SecretStack = Awaited<ReturnType<typeof startSecretStack>>;
