import type { RevocationPage } from '../lambda/domain/record/read-revocation.ts';
import { roleCredentials } from '../local/demo-calls.ts';
import { type RunningStack, start } from './support/running-stack.ts';

let running: RunningStack;

beforeAll(async () => {
  running = await start();
}, 30_000);
afterAll(() => running.close());

const HOUR = 3_600_000;

test('without a registered session, the answer says that nothing was ended, and its bound covers the live sign-in', async () => {
  const { signIns } = running.stack.emulator;
  const file = signIns.signIn({ userName: 'unregistered@example.com' });
  const { status, body } = await running.ask('POST', '/revocations', {
    userName: 'unregistered@example.com',
  });
  const { requestedAt, roleSessions, ...rest } = body as RevocationPage;
  expect(status).toBe(200);
  expect(rest).toMatchObject({
    status: 'NOTHING_HELD',
    sessions: { found: 0 },
    next: { code: 'delete-active-sessions', detail: expect.stringContaining('Active sessions') },
  });
  // The sign-in stays valid, and hands out role sessions that are newer than the cutoff of the denial.
  expect(signIns.userOf(file.accessToken)).toBeDefined();
  const expiration = await roleCredentials(running.stack, file);
  expect(Date.parse(roleSessions.mayContinueUntil)).toBe(Date.parse(requestedAt) + (8 + 12) * HOUR);
  expect(expiration).toBeLessThanOrEqual(Date.parse(roleSessions.mayContinueUntil));
  const { userId } = body.subject;
  expect((await running.ask('GET', `/revocations?userId=${userId}`)).body.user).toMatchObject({
    why: 'may-sign-in-again',
    mayActUntil: null,
  });
});
