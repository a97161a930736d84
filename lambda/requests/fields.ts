import * as v from 'valibot';
import { MAX_USER_NAME_LENGTH, USER_ID, USER_NAME } from '../domain/ids.ts';
import { MAX_REASON_LENGTH } from '../domain/revocation.ts';
import { Secret } from '../domain/secret.ts';
import type { RefreshCredentials } from '../domain/session.ts';

/** The portal takes the token in an HTTP header, and a header of about this length at most. */
const MAX_TOKEN_LENGTH = 8_192;

export const accessToken = v.pipe(
  v.string('must be a string: the accessToken of an AWS CLI token-cache file'),
  v.nonEmpty('must not be empty'),
  v.maxLength(MAX_TOKEN_LENGTH, `must have ${MAX_TOKEN_LENGTH} characters at most`),
  v.regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces'),
  v.transform((token) => new Secret(token)),
);

/** The region becomes part of the host name that the token is sent to, so nothing but a region may pass. */
export const region = v.pipe(
  v.string(),
  v.regex(/^[a-z]{2,4}(-[a-z]{2,16}){1,3}-\d{1,2}$/, 'must be an AWS region such as eu-west-1'),
);

export const userId = v.pipe(
  v.string(),
  v.regex(USER_ID, 'must be a user id of the identity store'),
  v.toLowerCase(),
);

export const userName = v.pipe(
  v.string(),
  v.nonEmpty('must not be empty'),
  v.regex(USER_NAME, 'must be a user name of the identity store, which has no spaces'),
  v.maxLength(MAX_USER_NAME_LENGTH, `must have ${MAX_USER_NAME_LENGTH} characters at most`),
);

export const reason = v.pipe(
  v.string(),
  v.maxLength(MAX_REASON_LENGTH, `must have ${MAX_REASON_LENGTH} characters at most`),
  // DynamoDB refuses lone surrogates.
  v.transform((text) => text.toWellFormed()),
);

const MAX_REGISTERED_WITH_LENGTH = 256;
/** The words of a `User-Agent` are shorter, and every token is longer: a tool that sends one there by mistake must not have it recorded. */
const TOO_LONG_FOR_A_TOOL = /[^\s]{65,}/gu;

/**
 * What the tool of a registration says of itself and of its device, from its `User-Agent` header; undefined if it says nothing.
 * Control and format characters become spaces, as they could make the text look like something else where it is shown.
 */
export function registeredWith(userAgent: string | undefined): string | undefined {
  const text = userAgent
    ?.replace(/[\p{C}\s]+/gu, ' ')
    .replace(TOO_LONG_FOR_A_TOOL, '…')
    .trim();
  // The cut may leave half a character, which DynamoDB refuses.
  return text ? text.slice(0, MAX_REGISTERED_WITH_LENGTH).toWellFormed() : undefined;
}

/** `2026-01-02T03:04:05Z`; older AWS CLIs wrote `UTC` for the Z. */
export const expiresAt = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d{2}-\d{2}T/, 'must be a time such as 2026-01-02T03:04:05Z'),
  v.transform((text) => new Date(text.replace(/UTC$/, 'Z'))),
  v.date('must be a time such as 2026-01-02T03:04:05Z'),
);

/** Fields of a token-cache file that are optional: a missing or malformed one is ignored, and the file is accepted. */
export const lenientFields = {
  expiresAt: v.optional(v.fallback(v.optional(expiresAt), undefined)),
  refreshToken: v.optional(v.unknown()),
  clientId: v.optional(v.unknown()),
  clientSecret: v.optional(v.unknown()),
  clientRegistration: v.optional(v.unknown()),
};

const text = v.pipe(v.string(), v.nonEmpty());
const Client = v.object({ clientId: text, clientSecret: text });

/**
 * What a refresh needs; undefined if a part is missing. Some clients keep their registration in a file of its own, which
 * comes as `clientRegistration`: docs/facts.md § The AWS CLI's token cache. Id and secret are taken from one place, as the
 * secret of one client refreshes no token of another.
 */
export function refreshCredentials(file: {
  refreshToken?: unknown;
  clientId?: unknown;
  clientSecret?: unknown;
  clientRegistration?: unknown;
}): RefreshCredentials | undefined {
  const { refreshToken, clientRegistration } = file;
  if (typeof refreshToken !== 'string' || refreshToken === '') return undefined;
  const client = [file, clientRegistration].find((one) => v.is(Client, one));
  if (!client) return undefined;
  const { clientId, clientSecret } = client;
  return { refreshToken: new Secret(refreshToken), clientId, clientSecret: new Secret(clientSecret) };
}
