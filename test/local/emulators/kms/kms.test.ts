import {
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import type { KmsKey } from '../../../../local/emulators/kms/kms-keys.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

let emulator: Emulators;
let client: KMSClient;
let key: KmsKey;

beforeAll(async () => {
  emulator = await startEmulators();
  key = emulator.keys.create();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new KMSClient({ region: 'us-east-1', endpoint: emulator.url, credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await emulator.close();
});

const context = { userId: 'u', sessionId: 's' };

const generate = (input: object = {}) =>
  client.send(
    new GenerateDataKeyCommand({
      KeyId: key.keyId,
      KeySpec: 'AES_256',
      EncryptionContext: context,
      ...input,
    }),
  );

const decrypt = (CiphertextBlob: Uint8Array | undefined, input: object = {}) =>
  client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context, ...input }));

describe('KMS', () => {
  it.each([
    ['its id', () => key.keyId],
    ['its ARN', () => key.arn],
  ])('makes data keys that it can open, for a key by %s', async (_, id) => {
    const made = await generate({ KeyId: id() });
    expect(made).toMatchObject({ KeyId: key.arn });
    expect(made.Plaintext).toHaveLength(32);
    const opened = await decrypt(made.CiphertextBlob, { KeyId: id() });
    expect(opened).toMatchObject({
      KeyId: key.arn,
      Plaintext: made.Plaintext,
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
  });

  it('returns as many random bytes as requested', async () => {
    const keys = await Promise.all([1, 2].map(() => generate({ KeySpec: undefined, NumberOfBytes: 64 })));
    expect(keys.map(({ Plaintext }) => Plaintext?.length)).toEqual([64, 64]);
    expect(keys[0]?.Plaintext).not.toEqual(keys[1]?.Plaintext);
  });

  it.each([
    ['another context', { EncryptionContext: { ...context, userId: 'x' } }],
    ['a part of the context', { EncryptionContext: { userId: 'u' } }],
    ['no context', { EncryptionContext: undefined }],
  ])('does not open a data key with %s', async (_, input) => {
    const { CiphertextBlob } = await generate();
    await expect(decrypt(CiphertextBlob, input)).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('ignores the order of the encryption context', async () => {
    const { CiphertextBlob, Plaintext } = await generate();
    const opened = await decrypt(CiphertextBlob, { EncryptionContext: { sessionId: 's', userId: 'u' } });
    expect(opened.Plaintext).toEqual(Plaintext);
  });

  it('does not open a ciphertext that was changed', async () => {
    const { CiphertextBlob = new Uint8Array() } = await generate();
    for (const index of [0, 40, 55, CiphertextBlob.length - 1]) {
      const changed = Uint8Array.from(CiphertextBlob, (byte, at) => (at === index ? byte ^ 1 : byte));
      await expect(decrypt(changed)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    }
    await expect(decrypt(Buffer.from('short'))).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('does not open a ciphertext with a different key from the given one', async () => {
    const { CiphertextBlob } = await generate();
    const other = emulator.keys.create();
    await expect(decrypt(CiphertextBlob, { KeyId: other.keyId })).rejects.toMatchObject({
      name: 'IncorrectKeyException',
    });
  });

  it.each([
    ['an unknown key', { KeyId: '0a1b2c3d-1111-4222-8333-444455556666' }, 'NotFoundException'],
    ['an alias: there is none', { KeyId: 'alias/tokens' }, 'NotFoundException'],
    ['no length', { KeySpec: undefined }, 'ValidationException'],
    ['two lengths', { NumberOfBytes: 32 }, 'ValidationException'],
  ])('refuses %s', async (_, input, name) => {
    await expect(generate(input)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it.each([
    ['throttle', 'ThrottlingException', 400],
    ['fail', 'KMSInternalException', 500],
  ] as const)('fails with %s if that fault is set', async (fault, name, httpStatusCode) => {
    emulator.faults.set({ operation: 'kms', fault, times: 1 });
    await expect(generate()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    await generate();
  });

  it('makes and opens no data keys under a disabled key, until it is enabled', async () => {
    const { CiphertextBlob, KeyId } = await generate();
    const stateOf = async () => (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;
    await client.send(new DisableKeyCommand({ KeyId }));
    expect(await stateOf()).toBe('Disabled');
    for (const use of [() => generate(), () => decrypt(CiphertextBlob)])
      await expect(use()).rejects.toMatchObject({ name: 'DisabledException' });
    await client.send(new EnableKeyCommand({ KeyId }));
    expect(await stateOf()).toBe('Enabled');
    await decrypt(CiphertextBlob);
  });

  it('keeps plaintext keys out of the journal', async () => {
    const { Plaintext = new Uint8Array() } = await generate();
    const journal = JSON.stringify(emulator.requests);
    expect(journal).toContain('kms:GenerateDataKey');
    expect(journal).not.toContain(Buffer.from(Plaintext).toString('base64'));
  });
});
