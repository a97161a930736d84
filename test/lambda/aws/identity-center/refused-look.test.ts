import { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { accessGiver, accessRemover } from '../../../../lambda/aws/identity-center/access.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

const { signal } = new AbortController();
const accountId = '111111111111';

let emulator: Emulators;

beforeEach(async () => {
  emulator = await startEmulators({ clock: Date.now });
});
afterEach(() => emulator.close());

test.each(['remove', 'give'] as const)(
  '%s: if the status check is refused, the change may still have begun',
  async (what) => {
    const { userId } = emulator.users.create({ userName: 'alice' });
    const { permissionSetArn } = emulator.assignments.permissionSets.create({ name: 'Admin' });
    if (what === 'remove')
      emulator.assignments.assign({
        accountId,
        permissionSetArn,
        principalType: 'USER',
        principalId: userId,
      });
    const options = {
      region: 'us-east-1',
      endpoint: emulator.url,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    };
    const center = {
      ssoAdmin: new SSOAdminClient(options),
      instanceArn: 'arn:aws:sso:::instance/ssoins-1234567890abcdef',
      identityStore: new IdentitystoreClient(options),
      identityStoreId: 'd-0000000000',
      pause: async () =>
        emulator.faults.set({ operation: 'sso-admin', fault: 'reject', code: 'AccessDeniedException' }),
    };
    const grant = { kind: 'assignment', accountId, permissionSetArn } as const;
    const { remove, give } = { ...accessRemover(center), ...accessGiver(center) };
    const change = what === 'remove' ? remove(userId, grant, signal) : give(userId, grant, signal);
    await expect(change).rejects.toMatchObject({
      code: 'assignments-unavailable',
      cause: { name: 'AccessDeniedException' },
    });
  },
);
