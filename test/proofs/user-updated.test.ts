import type { RevocationList } from '../../lambda/domain/record/list-revocations.ts';
import { hashOf } from '../../local/ground/token-hash.ts';
import { apiCallEvent, identityStoreEvent } from '../support/events.ts';
import { type RunningStack, startWithQueueClock, until, workedOff } from '../support/running-stack.ts';

// Until the last test, CloudTrail sends no event, and no test runs the sweep. Only the identity store's own event can
// cause anything.

let running: RunningStack;
let pass: (millis: number) => void;

beforeAll(async () => {
  ({ running, pass } = await startWithQueueClock());
}, 30_000);
afterAll(() => running.close());

const quiet = () => workedOff(running, pass);

const listOf = async (userId: string): Promise<RevocationList> =>
  (await running.ask('GET', `/revocations?userId=${userId}`)).body;
const revocationsOf = async (userId: string) => (await listOf(userId)).revocations;

const policies = () => {
  const { organizations } = running.stack.emulator;
  return organizations
    .all()
    .map(({ policyId }) => organizations.contentOf(policyId))
    .join();
};

/** A replicated instance sends one event in each Region, with different ids, about the same change. */
function updatedInTwoRegions(userId: string): object[] {
  const event = identityStoreEvent('User Updated', { 'event-version': '1.0' }, [
    `arn:aws:identitystore:::user/${userId}`,
  ]);
  return [event, { ...event, id: 'of-another-region', region: 'us-west-2' }];
}

async function disabledUser(userName: string) {
  const registered = [await running.register(userName), await running.register(userName)];
  const userId = registered[0]?.userId ?? '';
  running.stack.users.disable(userId);
  return { userId, files: registered.map(({ file }) => file) };
}

const logoutsOf = ({ accessToken }: { accessToken: string }) =>
  running.stack.emulator.requestsAbout(hashOf(accessToken)).filter(({ operation }) => operation === 'logout');

test('User Updated alone gets a disabled user signed out and denied, by one revocation for all Regions', async () => {
  const { userId, files } = await disabledUser('disabled@example.com');
  const other = await running.register('enabled@example.com');
  await running.putEvents(...updatedInTwoRegions(userId), ...updatedInTwoRegions(other.userId));
  await until('it is completed', async () => (await revocationsOf(userId))[0]?.status === 'COMPLETED');
  await quiet();
  await until('the policy denies', () => policies().includes(userId));
  await quiet();
  expect(await revocationsOf(userId)).toMatchObject([
    {
      status: 'COMPLETED',
      source: 'event',
      requestedBy: 'User Updated of aws.identitystore',
      sessions: { found: 2, loggedOut: 2 },
      roleSessions: { deniedAt: expect.any(String) },
    },
  ]);
  for (const file of files) {
    expect(running.stack.emulator.signIns.userOf(file.accessToken)).toBeUndefined();
    expect(logoutsOf(file).map(({ status }) => status)).toEqual([200]);
  }
  const { user, revocations } = await listOf(userId);
  const bound = revocations[0]?.roleSessions.mayContinueUntil;
  expect(user).toMatchObject({ why: 'removed', mayActUntil: bound });
  // No event reports that the user is back. Only the identity store knows.
  running.stack.users.enable(userId);
  expect((await listOf(userId)).user).toMatchObject({ why: 'may-sign-in-again', mayActUntil: null });
  // The identity store says that the other user is enabled, so nothing happens to them.
  expect(running.stack.emulator.signIns.userOf(other.file.accessToken)).toBeDefined();
  expect(await revocationsOf(other.userId)).toEqual([]);
  expect(policies()).not.toContain(other.userId);
  expect(running.seen.filter((line) => line.includes('"message":"swept"'))).toEqual([]);
}, 60_000);

test('a later CloudTrail event about the same change makes a second revocation that finds nothing and changes nothing', async () => {
  const { userId, files } = await disabledUser('told-twice@example.com');
  await running.putEvents(...updatedInTwoRegions(userId));
  await until('the first is completed', async () => (await revocationsOf(userId))[0]?.completedAt);
  await running.putEvents(apiCallEvent('sso-directory', 'DisableUser', { userId }));
  await until('the second, too', async () => (await revocationsOf(userId)).length === 2);
  await quiet();
  const revocations = await revocationsOf(userId);
  expect(revocations.map(({ status }) => status).sort()).toEqual(['COMPLETED', 'NOTHING_HELD']);
  for (const { status, next } of revocations)
    expect(next?.code).toBe(status === 'NOTHING_HELD' ? 'delete-active-sessions' : undefined);
  for (const file of files) expect(logoutsOf(file)).toHaveLength(1);
  await until('both are denied', async () => {
    await quiet();
    return (await revocationsOf(userId)).every(({ roleSessions }) => roleSessions.deniedAt);
  });
  // One user has one entry in the policy.
  expect(policies().split(userId)).toHaveLength(2);
}, 60_000);
