import { SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { clientConfig } from '../../../../lambda/aws/clients.ts';
import { ssoAdminPermissionSets } from '../../../../lambda/aws/identity-center/permission-sets.ts';
import type { Fault } from '../../../../local/emulators/ground/faults.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

const INSTANCE = 'arn:aws:sso:::instance/ssoins-0000000000000000';
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

let emulator: Emulators;

beforeEach(async () => {
  emulator = await startEmulators();
});
afterEach(() => emulator.close());

const ample = () => new AbortController().signal;

/** Makes one call, without the SDK's retries. */
function permissionSets() {
  const options = { endpoint: emulator.url, credentials, region: 'eu-west-1', maxAttempts: 1 };
  return ssoAdminPermissionSets(new SSOAdminClient({ ...clientConfig, ...options }), INSTANCE);
}

const create = (name: string, sessionDuration?: string) =>
  emulator.assignments.permissionSets.create({ name, ...(sessionDuration && { sessionDuration }) })
    .permissionSetArn;

test.each([
  ['PT1H', 3_600],
  ['PT12H', 43_200],
  ['PT1H30M', 5_400],
  ['PT90M', 5_400],
  ['PT5400S', 5_400],
  ['P0DT2H', 7_200],
  // No valid duration of a role session, so the stack's setting applies.
  ['P1D', undefined],
  ['PT0H', undefined],
  ['-PT1H', undefined],
  ['an hour', undefined],
])('reads a session duration of %s', async (sessionDuration, sessionSeconds) => {
  const arn = create('Admin', sessionDuration);
  expect(await permissionSets().find(arn, ample())).toEqual({ name: 'Admin', sessionSeconds });
});

test('returns undefined if the permission set does not exist', async () => {
  const arn = create('Admin');
  emulator.assignments.permissionSets.delete(arn);
  expect(await permissionSets().find(arn, ample())).toBeUndefined();
});

test.each(['', 'a b', 'a*', 'a/b', 'a'.repeat(33)])(
  'refuses the name %j, which must not become part of a policy',
  async (name) => {
    await expect(permissionSets().find(create(name), ample())).rejects.toMatchObject({
      code: 'assignments-unavailable',
      cause: { name: 'UnreadableAnswer' },
    });
  },
);

test.each<[string, { fault: Fault; code?: string }, string]>([
  ['throttling may pass', { fault: 'throttle' }, 'assignments-unavailable'],
  ['its own error may pass', { fault: 'fail' }, 'assignments-unavailable'],
  ['a broken connection may pass', { fault: 'cut' }, 'assignments-unavailable'],
  ['garbage may pass', { fault: 'garbage' }, 'assignments-unavailable'],
  ['no permission stays', { fault: 'reject', code: 'AccessDeniedException' }, 'assignments-refused'],
  ['a bad ARN stays', { fault: 'reject', code: 'ValidationException' }, 'assignments-refused'],
])('%s', async (_, fault, code) => {
  const arn = create('Admin');
  emulator.faults.set({ operation: 'sso-admin', ...fault });
  await expect(permissionSets().find(arn, ample())).rejects.toMatchObject({ name: 'DomainError', code });
});

test('a call without an answer ends with the invocation', async () => {
  const arn = create('Admin');
  emulator.faults.set({ operation: 'sso-admin', fault: 'hang' });
  await expect(permissionSets().find(arn, AbortSignal.timeout(100))).rejects.toMatchObject({
    code: 'assignments-unavailable',
    cause: { name: 'TimeoutError' },
  });
});
