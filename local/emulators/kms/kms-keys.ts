import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { ACCOUNT_ID } from '../../ground/account.ts';

export interface KmsKey {
  readonly keyId: string;
  readonly arn: string;
}

export type EncryptionContext = Readonly<Record<string, string>>;

/** Keys in memory. After this process has ended, nothing that they encrypted can be decrypted. */
export interface KmsKeys {
  create(key?: Partial<KmsKey>): KmsKey;
  /** @param id - A key id, or the key's ARN. */
  find(id: string): KmsKey | undefined;
  encrypt(key: KmsKey, plaintext: Buffer, context: EncryptionContext): Buffer;
  all(): KmsKey[];
  isEnabled(key: KmsKey): boolean;
  enable(key: KmsKey, isEnabled: boolean): void;
  /** @returns undefined if the ciphertext has another key or context, or was tampered with */
  decrypt(ciphertext: Buffer, context: EncryptionContext): { key: KmsKey; plaintext: Buffer } | undefined;
}

const [ID_BYTES, IV_BYTES, TAG_BYTES] = [36, 12, 16];

export function createKmsKeys(): KmsKeys {
  const keys = new Map<string, KmsKey>();
  const secrets = new Map<string, Buffer>();
  const disabled = new Set<string>();
  return {
    find: (id) => keys.get(id.replace(/^arn:[^/]*:key\//, '')),
    create({ keyId = randomUUID(), arn = `arn:aws:kms:us-east-1:${ACCOUNT_ID}:key/${keyId}` } = {}) {
      const key = { keyId, arn };
      keys.set(keyId, key);
      secrets.set(keyId, randomBytes(32));
      return key;
    },
    all: () => [...keys.values()],
    isEnabled: ({ keyId }) => !disabled.has(keyId),
    enable({ keyId }, isEnabled) {
      if (isEnabled) disabled.delete(keyId);
      else disabled.add(keyId);
    },
    encrypt: (key, plaintext, context) =>
      seal(key, secrets.get(key.keyId) ?? Buffer.alloc(0), plaintext, context),
    decrypt(ciphertext, context) {
      const key = keys.get(ciphertext.subarray(0, ID_BYTES).toString());
      const secret = key && secrets.get(key.keyId);
      const plaintext = secret && open(secret, ciphertext, context);
      return key && plaintext && { key, plaintext };
    },
  };
}

/** The ciphertext consists of key id, initialization vector, tag, and the output of AES-256-GCM. */
function seal({ keyId }: KmsKey, secret: Buffer, plaintext: Buffer, context: EncryptionContext): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(canonical(keyId, context));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from(keyId), iv, cipher.getAuthTag(), sealed]);
}

function open(secret: Buffer, ciphertext: Buffer, context: EncryptionContext): Buffer | undefined {
  const keyId = ciphertext.subarray(0, ID_BYTES).toString();
  const rest = ciphertext.subarray(ID_BYTES);
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, rest.subarray(0, IV_BYTES));
    decipher.setAAD(canonical(keyId, context)).setAuthTag(rest.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(rest.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** The order of the pairs in an encryption context does not count. */
function canonical(keyId: string, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify([keyId, pairs]));
}
