import { messagesDone, policyTextOf, roleSessionsOf } from './support/denials.ts';
import { apiCallEvent, userRemovedEvent } from './support/events.ts';
import { type RunningStack, startWithQueueClock, until, workedOff } from './support/running-stack.ts';

let running: RunningStack;
let pass: (millis: number) => void;

async function startStack(): Promise<void> {
  ({ running, pass } = await startWithQueueClock());
}
const closeStack = () => running.close();

const organizations = () => running.stack.emulator.organizations;
const policyOf = () => organizations().all()[0]?.policyId ?? '';
const policyText = () => policyTextOf(running);
const schedule = () => running.stack.schedules.logicalIds.find((id) => id.includes('DenyList')) ?? '';

/** Runs the schedule now, and delivers its message and all waiting ones at once. */
async function reconcile(): Promise<void> {
  const runs = () => running.seen.filter((line) => line.includes('"reconciled"')).length;
  const before = runs();
  await running.stack.schedules.run(schedule());
  pass(4_000);
  await until('the reconciler has run', () => runs() > before);
}

describe('a new entry in the deny list wakes the reconciler', () => {
  beforeEach(startStack, 30_000);
  afterEach(closeStack);

  test('after a user is removed, one run denies the user id in the policy and records it', async () => {
    const { userId } = await running.register('leaver@example.com');
    await running.putEvents(userRemovedEvent({ userId }));
    await until('it is entered', () => messagesDone(running) === 1);
    expect(await roleSessionsOf(running, userId)).toHaveLength(1);
    pass(4_000);
    await until('the policy denies', () => policyText().includes(userId));
    await until('the record says so', async () => (await roleSessionsOf(running, userId))[0]?.deniedAt);
    const [{ mayContinueUntil, ...rest } = {}] = await roleSessionsOf(running, userId);
    // A portal session may hand out role sessions until its end, registered or not: the denial lasts as long.
    expect(rest).toEqual({ deniedAt: expect.any(String), deniedUntil: mayContinueUntil });
  }, 60_000);
});

describe('the schedule wakes the reconciler', () => {
  beforeAll(startStack, 30_000);
  afterAll(closeStack);
  // Without this, the next test would count a run of the previous one.
  afterEach(() =>
    workedOff(running, (millis) => {
      pass(millis);
    }),
  );

  test('if a signed-out user signs in again, only older role sessions are denied; DELETE lifts the denial', async () => {
    const { userId } = await running.register('stolen@example.com');
    const { body } = await running.ask('POST', '/revocations', { userId, reason: 'laptop stolen' });
    expect(body.roleSessions).toMatchObject({ deniedAt: null, notDenied: 'pending' });
    await reconcile();
    const [, cutoff, ...others] = JSON.parse(policyText()).Statement;
    expect(others).toEqual([]);
    expect(cutoff.Condition.StringEquals['identitystore:UserId']).toEqual([userId]);
    expect(Date.parse(cutoff.Condition.DateLessThan['aws:TokenIssueTime'])).toBeGreaterThanOrEqual(
      Date.parse(body.requestedAt),
    );

    // A run that is still under way would process the lifted entry, and the second DELETE would answer 404.
    await workedOff(running, (millis) => {
      pass(millis);
    });
    const lifted = await running.ask('DELETE', `/deny-list/${userId.toUpperCase()}`);
    expect(lifted).toEqual({ status: 202, body: { userId, denialsLifted: 1 } });
    expect(await running.ask('DELETE', `/deny-list/${userId}`)).toEqual(lifted);
    await reconcile();
    expect(policyText()).not.toContain(userId);
    expect(await roleSessionsOf(running, userId)).toMatchObject([
      { notDenied: 'lifted', liftedBy: expect.any(String) },
    ]);
    expect(await running.ask('DELETE', `/deny-list/${userId}`)).toMatchObject({
      status: 404,
      body: { code: 'not-denied' },
    });
  }, 60_000);

  test('if a disabled user is enabled again, the denial ends', async () => {
    const { userId } = await running.register('back@example.com');
    running.stack.users.disable(userId);
    const done = messagesDone(running);
    await running.putEvents(apiCallEvent('sso-directory', 'DisableUser', { userId }));
    // The header of the revocation may be written before the denial.
    await until('it is entered', () => messagesDone(running) > done);
    await reconcile();
    expect(policyText()).toContain(userId);
    running.stack.users.enable(userId);
    await running.putEvents(apiCallEvent('sso-directory', 'EnableUser', { userId }));
    await until('it is lifted', () => running.seen.some((line) => line.includes('"kind":"lifted"')));
    await reconcile();
    expect(policyText()).not.toContain(userId);
  }, 60_000);

  test('the schedule restores a policy that somebody edited by hand', async () => {
    const before = policyText();
    organizations().edit(policyOf(), '{"Version":"2012-10-17","Statement":[]}');
    await reconcile();
    expect(policyText()).toBe(before);
    expect(JSON.parse(policyText()).Statement).toHaveLength(1);
  }, 60_000);

  test('while AWS Organizations refuses, the record does not say denied; after the retry it does', async () => {
    const { userId } = await running.register('refused@example.com');
    running.stack.emulator.faults.set({
      operation: 'organizations:UpdatePolicy',
      fault: 'reject',
      code: 'AccessDeniedException',
      times: 1,
    });
    await running.ask('POST', '/revocations', { userId });
    await reconcile();
    expect(running.seen.some((line) => line.includes('"policy-refused"'))).toBe(true);
    expect(await roleSessionsOf(running, userId)).toMatchObject([{ deniedAt: null, notDenied: 'pending' }]);
    // The message comes back after its visibility timeout.
    pass(61_000);
    await until('it is denied', async () => (await roleSessionsOf(running, userId))[0]?.deniedAt);
  }, 60_000);
});
