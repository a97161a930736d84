import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

const RoleArn = 'arn:aws:iam::111122223333:role/path/organizations-writer';
const now = Date.UTC(2026, 0, 2, 3, 4, 5);

let emulator: Emulators;
let client: STSClient;

beforeAll(async () => {
  emulator = await startEmulators({ clock: () => now });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new STSClient({ region: 'us-east-1', endpoint: emulator.url, credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await emulator.close();
});

const assume = (input: object = {}) =>
  client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'reconciler', ...input }));

describe('STS', () => {
  it('issues temporary credentials for a role, different ones each time', async () => {
    const [one, other] = [await assume(), await assume()];
    expect(one).toMatchObject({
      AssumedRoleUser: {
        Arn: 'arn:aws:sts::111122223333:assumed-role/organizations-writer/reconciler',
        AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{16}:reconciler$/),
      },
      Credentials: {
        AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
        SecretAccessKey: expect.stringMatching(/^[\w+/]{40}$/),
        SessionToken: expect.any(String),
        Expiration: new Date(now + 3_600_000),
      },
    });
    expect(other.Credentials?.AccessKeyId).not.toBe(one.Credentials?.AccessKeyId);
  });

  it('issues credentials for the requested time', async () => {
    const { Credentials } = await assume({ DurationSeconds: 900 });
    expect(Credentials?.Expiration).toEqual(new Date(now + 900_000));
  });

  it.each([
    ['no role', { RoleArn: undefined }],
    ['a user', { RoleArn: 'arn:aws:iam::111122223333:user/alice' }],
    ['a role of no account', { RoleArn: 'arn:aws:iam::1111:role/organizations-writer' }],
    ['no session name', { RoleSessionName: undefined }],
    ['a session name with other characters', { RoleSessionName: 'a b' }],
    ['too short a time', { DurationSeconds: 899 }],
    ['too long a time', { DurationSeconds: 43_201 }],
  ])('refuses %s', async (_, input) => {
    await expect(assume(input)).rejects.toMatchObject({
      name: 'ValidationError',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it.each([
    ['throttle', 'Throttling', 400],
    ['fail', 'InternalFailure', 500],
    ['reject', 'AccessDenied', 403],
  ] as const)('fails with %s if that fault is set', async (fault, name, httpStatusCode) => {
    emulator.faults.set({ operation: 'sts', fault, times: 1 });
    await expect(assume()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    await assume();
  });

  it.each(['', 'aws-reserved/sso.amazonaws.com/'])(
    'refuses a role of a permission set, in the path "%s", because its session name would pass for a person',
    async (path) => {
      const RoleArn = `arn:aws:iam::000000000000:role/${path}AWSReservedSSO_Developer_0123456789abcdef`;
      await expect(assume({ RoleArn, RoleSessionName: 'alice' })).rejects.toMatchObject({
        name: 'AccessDenied',
      });
    },
  );

  it('checks the trust policy of a role by its name, whatever path the ARN has', async () => {
    emulator.trusts.set('arn:aws:iam::000000000000:role/registrar', () => false);
    const RoleArn = 'arn:aws:iam::000000000000:role/path/registrar';
    await expect(assume({ RoleArn })).rejects.toMatchObject({ name: 'AccessDenied' });
    await assume({ RoleArn: 'arn:aws:iam::111122223333:role/path/registrar' });
  });

  it('can be made to refuse with another error name', async () => {
    emulator.faults.set({ operation: 'sts', fault: 'reject', code: 'RegionDisabledException', times: 1 });
    await expect(assume()).rejects.toMatchObject({ name: 'RegionDisabledException' });
  });

  it('accepts forms of its own version only', async () => {
    const body = new URLSearchParams({ Version: '2012-11-05', Action: 'AssumeRole', RoleArn });
    const response = await fetch(emulator.url, { method: 'POST', body });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('<Code>NotEmulated'),
    ]);
  });

  it('keeps credentials out of the journal', async () => {
    const { Credentials } = await assume();
    const journal = JSON.stringify(emulator.requests);
    expect(journal).toContain('sts:AssumeRole');
    expect(journal).not.toContain(Credentials?.SessionToken);
  });
});
