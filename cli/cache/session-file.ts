import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { Secret } from '../../lambda/domain/secret.ts';
import { readSettled } from './folder.ts';

/** A sign-in session that a tool cached. */
export interface CachedSession {
  /** The name of the file, without its folder. */
  readonly name: string;
  /** The start URL of its access portal; undefined if the file has none. */
  readonly startUrl: string | undefined;
  /** When the access token expires, in milliseconds since the epoch; undefined if the file does not say. */
  readonly expiresAt: number | undefined;
  /** The body for `PUT /sessions`: only the fields that it uses. */
  readonly body: Secret;
  /** SHA-256 of the body: the same content has the same key, and nobody can get the content back from it. */
  readonly key: string;
  /** Whether the file has everything that a refresh needs. If not, the session can only be ended until its access token expires. */
  readonly isRefreshable: boolean;
}

/** A `half-written` file should be read again. `not-a-session` is a client registration, or something else. */
export type Read = CachedSession | 'half-written' | 'not-a-session';

/** Fields of a token-cache file that the API uses. */
const USED = ['region', 'accessToken', 'expiresAt', 'refreshToken', 'clientId', 'clientSecret'] as const;

/** The form of `clientIdHash`. It must not be a path that leaves the folder. */
const CLIENT_ID_HASH = /^[0-9a-f]{1,128}$/;

/** Reads a token-cache file, and the registration of its client if that is in another file. Never throws. */
export async function readSession(file: string): Promise<Read> {
  const text = await readSettled(file);
  const content = text === undefined ? undefined : objectIn(text);
  if (!content) return 'half-written';
  if (typeof content.accessToken !== 'string' || content.accessToken === '') return 'not-a-session';
  const registration = hasClient(content) ? undefined : await registrationBeside(file, content.clientIdHash);
  return cachedSession(basename(file), content, registration);
}

function cachedSession(name: string, content: Fields, registration: Fields | undefined): CachedSession {
  const used = Object.fromEntries(USED.flatMap((name) => (name in content ? [[name, content[name]]] : [])));
  const { clientId, clientSecret } = registration ?? {};
  const body = JSON.stringify({
    ...used,
    ...(registration && { clientRegistration: { clientId, clientSecret } }),
  });
  const expiresAt = Date.parse(String(content.expiresAt).replace(/UTC$/, 'Z'));
  return {
    name,
    startUrl: typeof content.startUrl === 'string' ? content.startUrl : undefined,
    expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt,
    body: new Secret(body),
    key: createHash('sha256').update(body).digest('base64url'),
    isRefreshable: isText(content.refreshToken) && (hasClient(content) || registration !== undefined),
  };
}

/** Some clients keep their registration in `<clientIdHash>.json`: docs/facts.md § The AWS CLI's token cache. */
async function registrationBeside(file: string, hash: unknown): Promise<Fields | undefined> {
  if (typeof hash !== 'string' || !CLIENT_ID_HASH.test(hash)) return undefined;
  const text = await readSettled(join(dirname(file), basename(`${hash}.json`)));
  const content = text === undefined ? undefined : objectIn(text);
  return content && hasClient(content) ? content : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function objectIn(text: string): Fields | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === 'object' && content !== null && !Array.isArray(content)
      ? { ...content }
      : undefined;
  } catch {
    // The error is dropped, because its text quotes the file.
    return undefined;
  }
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const hasClient = ({ clientId, clientSecret }: Fields) => isText(clientId) && isText(clientSecret);
