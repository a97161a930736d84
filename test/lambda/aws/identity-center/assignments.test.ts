import { inspect } from 'node:util';
import { SSOAdminClient } from '@aws-sdk/client-sso-admin';
import { clientConfig } from '../../../../lambda/aws/clients.ts';
import { ssoAdminAssignments } from '../../../../lambda/aws/identity-center/assignments.ts';
import type { Fault } from '../../../../local/emulators/ground/faults.ts';
import { type Emulators, startEmulators } from '../../../../local/emulators/server.ts';

const INSTANCE = 'arn:aws:sso:::instance/ssoins-0000000000000000';
const [ACCOUNT, OTHER] = ['111122223333', '444455556666'];
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

let emulator: Emulators;
let alice: string;
let permissionSetArn: string;

beforeEach(async () => {
  emulator = await startEmulators();
  alice = emulator.users.create({ userName: 'alice' }).userId;
  permissionSetArn = emulator.assignments.permissionSets.create({ name: 'Admin' }).permissionSetArn;
});
afterEach(() => emulator.close());

const ample = () => new AbortController().signal;

/** Makes one call, without the SDK's retries. */
function assignments(endpoint = emulator.url) {
  const options = { ...clientConfig, endpoint, credentials, region: 'eu-west-1', maxAttempts: 1 };
  return ssoAdminAssignments(new SSOAdminClient(options), INSTANCE);
}

const assign = (principalType: 'USER' | 'GROUP', principalId: string, accountId = ACCOUNT) =>
  emulator.assignments.assign({ accountId, permissionSetArn, principalType, principalId });

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(inspect(error, { showHidden: true, depth: null })).not.toContain(alice);
  return error;
}

test("lists the assignments of a user and of the user's groups, with all pages", async () => {
  const { groupId } = emulator.groups.create({ displayName: 'admins' });
  emulator.groups.join(groupId, alice);
  assign('USER', alice);
  assign('USER', alice, OTHER);
  assign('GROUP', groupId);
  emulator.assignments.set({ pageSize: 1 });
  const user = { kind: 'user', id: alice };
  const [mine, ours] = [
    { permissionSetArn, principal: user },
    { permissionSetArn, principal: { kind: 'group', id: groupId } },
  ];
  const listed = await assignments().ofUser(alice, ample());
  expect(listed).toHaveLength(3);
  expect(listed).toEqual(
    expect.arrayContaining([
      { accountId: ACCOUNT, ...mine },
      { accountId: OTHER, ...mine },
      { accountId: ACCOUNT, ...ours },
    ]),
  );
  expect(await assignments().ofUser(alice, ample(), OTHER)).toEqual([{ accountId: OTHER, ...mine }]);
});

test('lists none for a user without assignments', async () => {
  expect(await assignments().ofUser(alice, ample())).toEqual([]);
});

test.each<[string, { fault: Fault; code?: string }, string]>([
  ['throttling may pass', { fault: 'throttle' }, 'assignments-unavailable'],
  ['its own error may pass', { fault: 'fail' }, 'assignments-unavailable'],
  ['a broken connection may pass', { fault: 'cut' }, 'assignments-unavailable'],
  ['garbage may pass', { fault: 'garbage' }, 'assignments-unavailable'],
  ['a conflict may pass', { fault: 'reject', code: 'ConflictException' }, 'assignments-unavailable'],
  ['an error of tomorrow may pass', { fault: 'reject', code: 'NewException' }, 'assignments-unavailable'],
  ['no permission stays', { fault: 'reject', code: 'AccessDeniedException' }, 'assignments-refused'],
  ['no such instance stays', { fault: 'reject', code: 'ResourceNotFoundException' }, 'assignments-refused'],
  ['a bad id stays', { fault: 'reject', code: 'ValidationException' }, 'assignments-refused'],
])('%s', async (_, fault, code) => {
  emulator.faults.set({ operation: 'sso-admin', ...fault });
  expect(await errorOf(assignments().ofUser(alice, ample()))).toMatchObject({ name: 'DomainError', code });
});

test('if a page fails, the list fails instead of being shorter', async () => {
  assign('USER', alice);
  assign('USER', alice, OTHER);
  emulator.assignments.set({ pageSize: 1 });
  // Delays the first answer, so that the fault meets the second request.
  emulator.faults.setDelay({ operation: 'sso-admin', delayMillis: 50 });
  const reading = assignments().ofUser(alice, ample());
  while (emulator.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  emulator.faults.set({ operation: 'sso-admin', fault: 'throttle' });
  expect(await errorOf(reading)).toMatchObject({ code: 'assignments-unavailable' });
});

test('a call without an answer ends with the invocation', async () => {
  emulator.faults.set({ operation: 'sso-admin', fault: 'hang' });
  expect(await errorOf(assignments().ofUser(alice, AbortSignal.timeout(100)))).toMatchObject({
    code: 'assignments-unavailable',
    cause: { name: 'TimeoutError' },
  });
});

test('if nobody listens at the endpoint, the failure is temporary', async () => {
  expect(await errorOf(assignments('http://127.0.0.1:9').ofUser(alice, ample()))).toMatchObject({
    code: 'assignments-unavailable',
  });
});
