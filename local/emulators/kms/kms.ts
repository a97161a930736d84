import { randomBytes } from 'node:crypto';
import { type Handler, type Input, type JsonService, requireText, ServiceError } from '../ground/service.ts';
import type { EncryptionContext, KmsKey, KmsKeys } from './kms-keys.ts';

const KEY_SPECS: Readonly<Record<string, number>> = { AES_128: 16, AES_256: 32 };

/** Emulates the calls of AWS KMS for envelope encryption, and for disabling a key. Key policies and grants are not enforced. */
export function kmsService(keys: KmsKeys): JsonService {
  return {
    name: 'kms',
    target: 'TrentService',
    version: '1.1',
    handlers: {
      GenerateDataKey: (input) => generateDataKey(keys, input),
      Decrypt: (input) => decrypt(keys, input),
      DescribeKey: (input) => ({
        KeyMetadata: metadataOf(keys, requireKey(keys, requireText(input, 'KeyId'))),
      }),
      EnableKey: (input) => void keys.enable(requireKey(keys, requireText(input, 'KeyId')), true),
      DisableKey: (input) => void keys.enable(requireKey(keys, requireText(input, 'KeyId')), false),
    } satisfies Record<string, Handler>,
    refusals: {
      throttle: new ServiceError(
        'ThrottlingException',
        'You have exceeded the rate at which you may call KMS.',
      ),
      fail: new ServiceError('KMSInternalException', 'Internal server error', 500),
      reject: new ServiceError('ValidationException', 'The request is not valid.'),
    },
  };
}

function generateDataKey(keys: KmsKeys, input: Input): object {
  const key = requireEnabled(keys, requireKey(keys, requireText(input, 'KeyId')));
  const plaintext = randomBytes(dataKeyBytes(input));
  const ciphertext = keys.encrypt(key, plaintext, contextOf(input));
  return {
    KeyId: key.arn,
    Plaintext: plaintext.toString('base64'),
    CiphertextBlob: ciphertext.toString('base64'),
  };
}

/** @throws ServiceError InvalidCiphertextException, IncorrectKeyException, NotFoundException, ValidationException */
function decrypt(keys: KmsKeys, input: Input): object {
  const wanted = input.KeyId === undefined ? undefined : requireKey(keys, requireText(input, 'KeyId'));
  const ciphertext = Buffer.from(requireText(input, 'CiphertextBlob'), 'base64');
  const opened = keys.decrypt(ciphertext, contextOf(input));
  // KMS only gives the error's name. It does not reveal which of key, context and ciphertext is wrong.
  if (!opened) throw new ServiceError('InvalidCiphertextException', '');
  const { key, plaintext } = opened;
  requireEnabled(keys, key);
  if (wanted && wanted.keyId !== key.keyId)
    throw new ServiceError(
      'IncorrectKeyException',
      'The key ID in the request is not that of the ciphertext.',
    );
  return {
    KeyId: key.arn,
    Plaintext: plaintext.toString('base64'),
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  };
}

function metadataOf(keys: KmsKeys, key: KmsKey): object {
  const isEnabled = keys.isEnabled(key);
  return {
    KeyId: key.keyId,
    Arn: key.arn,
    Enabled: isEnabled,
    KeyState: isEnabled ? 'Enabled' : 'Disabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
  };
}

/** @throws ServiceError DisabledException */
function requireEnabled(keys: KmsKeys, key: KmsKey): KmsKey {
  if (keys.isEnabled(key)) return key;
  throw new ServiceError('DisabledException', `${key.arn} is disabled.`);
}

/** @throws ServiceError NotFoundException */
function requireKey(keys: KmsKeys, id: string): KmsKey {
  const key = keys.find(id);
  if (!key) throw new ServiceError('NotFoundException', `Key '${id}' does not exist`);
  return key;
}

/** @throws ServiceError ValidationException */
function dataKeyBytes({ KeySpec, NumberOfBytes }: Input): number {
  const bytes = KeySpec === undefined ? NumberOfBytes : KEY_SPECS[String(KeySpec)];
  const isValid = typeof bytes === 'number' && Number.isInteger(bytes) && bytes >= 1 && bytes <= 1024;
  if (isValid && (KeySpec === undefined || NumberOfBytes === undefined)) return bytes;
  throw new ServiceError('ValidationException', 'Please specify either number of bytes or key spec.');
}

/** @throws ServiceError ValidationException */
function contextOf({ EncryptionContext: context = {} }: Input): EncryptionContext {
  const isMap = typeof context === 'object' && context !== null && !Array.isArray(context);
  if (isMap && Object.values(context).every((value) => typeof value === 'string')) return { ...context };
  throw new ServiceError('ValidationException', 'EncryptionContext must map strings to strings.');
}
