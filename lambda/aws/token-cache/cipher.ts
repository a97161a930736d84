import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import * as v from 'valibot';
import { DomainError, type Failure } from '../../domain/errors.ts';
import type { Opener, Sealer } from '../../domain/ports.ts';
import { Secret } from '../../domain/secret.ts';
import type { CachedSession, SessionTokens } from '../../domain/session.ts';
import { within } from '../clients.ts';
import { failureOf } from '../failure.ts';

/** The format of a ciphertext: version | IV | tag | the tokens as JSON, encrypted with AES-256-GCM. */
const VERSION = 1;
const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const [IV_AT, TAG_AT, DATA_AT] = [1, 1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES];

const secret = v.pipe(
  v.string(),
  v.transform((value) => new Secret(value)),
);
const Tokens = v.object({
  accessToken: secret,
  refresh: v.exactOptional(v.object({ refreshToken: secret, clientId: v.string(), clientSecret: secret })),
});

/**
 * Encrypts the tokens of each row with a separate data key, by one call of KMS `GenerateDataKey`. The row is the encryption
 * context of the data key, and additional authenticated data of the ciphertext. So neither can be decrypted in another row.
 */
export function kmsSealer(client: KMSClient, keyId: string): Sealer {
  return {
    async seal(tokens, row, signal) {
      const command = new GenerateDataKeyCommand({
        KeyId: keyId,
        KeySpec: 'AES_256',
        EncryptionContext: contextOf(row),
      });
      const call = within(signal, (options) => client.send(command, options));
      const { Plaintext: key, CiphertextBlob: dataKey } = await call.catch((error) => {
        throw unavailable(failureOf(error));
      });
      if (key?.length !== KEY_BYTES || !dataKey) throw unavailable({ name: 'NoDataKey', status: 200 });
      try {
        return { ciphertext: encrypt(key, tokens, row), dataKey };
      } finally {
        key.fill(0);
      }
    },
  };
}

/** Decrypts what `kmsSealer` encrypted, with one call of KMS `Decrypt`. */
export function kmsOpener(client: KMSClient): Opener {
  return {
    async open({ ciphertext, dataKey }, row, signal) {
      if (ciphertext[0] !== VERSION || ciphertext.length <= DATA_AT || dataKey.length === 0) throw invalid();
      const command = new DecryptCommand({ CiphertextBlob: dataKey, EncryptionContext: contextOf(row) });
      const call = within(signal, (options) => client.send(command, options));
      const { Plaintext: key } = await call.catch((error) => {
        throw notOpened(failureOf(error));
      });
      if (!key) throw unavailable({ name: 'NoDataKey', status: 200 });
      try {
        return decrypt(key, ciphertext, row);
      } catch {
        // The error is replaced, because it may quote the text that failed to parse, and that text holds tokens.
        throw invalid();
      } finally {
        key.fill(0);
      }
    },
  };
}

function encrypt(key: Uint8Array, { accessToken, refresh }: SessionTokens, row: CachedSession): Uint8Array {
  const plaintext = JSON.stringify({
    accessToken: accessToken.reveal(),
    ...(refresh && {
      refresh: {
        refreshToken: refresh.refreshToken.reveal(),
        clientId: refresh.clientId,
        clientSecret: refresh.clientSecret.reveal(),
      },
    }),
  });
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(authenticated(row));
  const data = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), data]);
}

/** @throws an error that may quote the plaintext */
function decrypt(key: Uint8Array, ciphertext: Uint8Array, row: CachedSession): SessionTokens {
  const iv = ciphertext.subarray(IV_AT, TAG_AT);
  const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
    .setAAD(authenticated(row))
    .setAuthTag(ciphertext.subarray(TAG_AT, DATA_AT));
  const plaintext = Buffer.concat([decipher.update(ciphertext.subarray(DATA_AT)), decipher.final()]);
  return v.parse(Tokens, JSON.parse(plaintext.toString('utf8')));
}

/**
 * The encryption context. It must hold no secrets, because KMS writes it to CloudTrail: docs/facts.md § KMS. It has exactly these
 * two fields, whatever else `row` has. Otherwise decrypting would fail.
 */
function contextOf({ userId, sessionId }: CachedSession): Record<string, string> {
  return { userId, sessionId };
}

/** The context in bytes, always in the same order. */
function authenticated({ userId, sessionId }: CachedSession): Buffer {
  return Buffer.from(JSON.stringify({ userId, sessionId }), 'utf8');
}

/** KMS's errors if the data key belongs to another row or another KMS key, or was altered. */
const FINAL = ['InvalidCiphertextException', 'IncorrectKeyException'];

function notOpened(failure: Failure): DomainError {
  return FINAL.includes(failure.name) ? invalid(failure) : unavailable(failure);
}

function unavailable(failure: Failure): DomainError {
  return new DomainError(
    'cipher-unavailable',
    'The key service cannot be reached. Send the same request again.',
    failure,
  );
}

function invalid(failure?: Failure): DomainError {
  return new DomainError(
    'ciphertext-invalid',
    'The cached tokens belong to another row or were altered. Register the session again.',
    failure,
  );
}
