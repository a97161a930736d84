import type { RevocationPage } from '../lambda/domain/record/read-revocation.ts';
import { apiCallEvent, userRemovedEvent } from './support/events.ts';
import { type RunningStack, start, until, workedOff } from './support/running-stack.ts';

/** Of queues and schedules; the functions have the computer's. */
let elapsed = 0;
let running: RunningStack;

async function startStack(): Promise<void> {
  elapsed = 0;
  running = await start({}, () => Date.now() + elapsed);
}
const closeStack = () => running.close();

const organizations = () => running.stack.emulator.organizations;
const [policyOf, policyText] = [
  () => organizations().all()[0]?.policyId ?? '',
  () => organizations().contentOf(policyOf()) ?? '',
];
const rolesSessionsOf = async (userId: string): Promise<RevocationPage['roleSessions'][]> =>
  (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations.map(
    ({ roleSessions }: RevocationPage) => roleSessions,
  );
const schedule = () => running.stack.schedules.logicalIds.find((id) => id.includes('DenyList')) ?? '';

/** Messages that the workers are done with; those of taking access away are others. */
const messagesDone = () =>
  running.seen.filter((line) => line.includes('"message":"message"') && line.includes('"service":"work"'))
    .length;

/** The schedule's message, and what else waits, is delivered at once. */
async function reconcile(): Promise<void> {
  const runs = () => running.seen.filter((line) => line.includes('"reconciled"')).length;
  const before = runs();
  await running.stack.schedules.run(schedule());
  elapsed += 4_000;
  await until('the reconciler has run', () => runs() > before);
}

describe('what enters the list wakes the reconciler', () => {
  beforeEach(startStack, 30_000);
  afterEach(closeStack);

  test('the removal of a user: within one run the policy denies the id, and the record says so', async () => {
    const { userId } = await running.register('leaver@example.com');
    await running.putEvents(userRemovedEvent({ userId }));
    await until('it is entered', () => messagesDone() === 1);
    expect(await rolesSessionsOf(userId)).toHaveLength(1);
    elapsed += 4_000;
    await until('the policy denies', () => policyText().includes(userId));
    await until('the record says so', async () => (await rolesSessionsOf(userId))[0]?.deniedAt);
    const [{ mayContinueUntil, ...rest } = {}] = await rolesSessionsOf(userId);
    // A portal session may hand out role sessions until its end, registered or not: the denial lasts as long.
    expect(rest).toEqual({ deniedAt: expect.any(String), deniedUntil: mayContinueUntil });
  }, 60_000);
});

describe('the schedule wakes the reconciler', () => {
  beforeAll(startStack, 30_000);
  afterAll(closeStack);
  // A run of the last test would be taken for that of the next.
  afterEach(() =>
    workedOff(running, (millis) => {
      elapsed += millis;
    }),
  );

  test('a user who was signed out may sign in again: only what is older is denied, and DELETE lifts that', async () => {
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

    // A second run that is still under way would see to what is lifted, and the repetition would find nothing.
    await workedOff(running, (millis) => {
      elapsed += millis;
    });
    const lifted = await running.ask('DELETE', `/deny-list/${userId.toUpperCase()}`);
    expect(lifted).toEqual({ status: 202, body: { userId, denialsLifted: 1 } });
    expect(await running.ask('DELETE', `/deny-list/${userId}`)).toEqual(lifted);
    await reconcile();
    expect(policyText()).not.toContain(userId);
    expect(await rolesSessionsOf(userId)).toMatchObject([
      { notDenied: 'lifted', liftedBy: expect.any(String) },
    ]);
    expect(await running.ask('DELETE', `/deny-list/${userId}`)).toMatchObject({
      status: 404,
      body: { code: 'not-denied' },
    });
  }, 60_000);

  test('a user who is enabled again is let go', async () => {
    const { userId } = await running.register('back@example.com');
    running.stack.users.disable(userId);
    const done = messagesDone();
    await running.putEvents(apiCallEvent('sso-directory', 'DisableUser', { userId }));
    // The header may be there before the denial is.
    await until('it is entered', () => messagesDone() > done);
    await reconcile();
    expect(policyText()).toContain(userId);
    running.stack.users.enable(userId);
    await running.putEvents(apiCallEvent('sso-directory', 'EnableUser', { userId }));
    await until('it is lifted', () => running.seen.some((line) => line.includes('"kind":"lifted"')));
    await reconcile();
    expect(policyText()).not.toContain(userId);
  }, 60_000);

  test('a policy that somebody edited by hand is mended by the schedule', async () => {
    const before = policyText();
    organizations().edit(policyOf(), '{"Version":"2012-10-17","Statement":[]}');
    await reconcile();
    expect(policyText()).toBe(before);
    expect(JSON.parse(policyText()).Statement).toHaveLength(1);
  }, 60_000);

  test('while AWS Organizations refuses, nothing is told to be denied; then it is', async () => {
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
    expect(await rolesSessionsOf(userId)).toMatchObject([{ deniedAt: null, notDenied: 'pending' }]);
    // The message comes back after its visibility timeout.
    elapsed += 61_000;
    await until('it is denied', async () => (await rolesSessionsOf(userId))[0]?.deniedAt);
  }, 60_000);
});
