import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { RevocationPage } from '../../lambda/domain/record/read-revocation.ts';
import { apiCallEvent, STORE, userRemovedEvent } from '../support/events.ts';
import { type RunningStack, start, until, workedOff } from '../support/running-stack.ts';
import { everything } from '../support/synth.ts';

/** Milliseconds by which the clock of queues and Identity Center is ahead. The functions use the computer's clock. */
let elapsed = 0;
let running: RunningStack;

const [FIRST, SECOND, THIRD, MANAGEMENT] = ['111111111111', '222222222222', '333333333333', '999999999999'];
const HOUR = 3_600_000;

const groupIds = { own: '', other: '', fromElsewhere: '' };
let permissionSetArn = '';

beforeAll(async () => {
  running = await start({}, () => Date.now() + elapsed);
  const { assignments, groups } = running.stack;
  permissionSetArn = permissionSetOf(everything.instanceArn, 'ps-0123456789abcdef');
  assignments.permissionSets.create({ name: 'Developer', permissionSetArn });
  assignments.set({ pageSize: 2, changeMillis: 200, lockedAccountId: MANAGEMENT });
  groupIds.own = groups.create({ displayName: 'own' }).groupId;
  groupIds.other = groups.create({ displayName: 'other' }).groupId;
  const externalIds = [{ issuer: 'https://scim.example.com', id: 'developers' }];
  groupIds.fromElsewhere = groups.create({ displayName: 'from elsewhere', externalIds }).groupId;
  for (const principalId of Object.values(groupIds))
    assignments.assign({ accountId: FIRST, permissionSetArn, principalType: 'GROUP', principalId });
}, 30_000);
afterAll(() => running.close());

function permissionSetOf(instanceArn: string, id: string): string {
  return `${instanceArn.replace(':instance/', ':permissionSet/')}/${id}`;
}

/** A user with these directly assigned accounts, in these groups. */
function somebody(userName: string, accounts: string[], in_: string[]): string {
  const { users, assignments, groups } = running.stack;
  const { userId } = users.create({ userName });
  for (const accountId of accounts)
    assignments.assign({ accountId, permissionSetArn, principalType: 'USER', principalId: userId });
  for (const groupId of in_) groups.join(groupId, userId);
  return userId;
}

/** All access that a user or a group has of its own. */
function has(principalId: string): string[] {
  const { assignments, groups } = running.stack;
  const assigned = assignments.of([principalId]).map(({ accountId }) => accountId);
  return [...assigned, ...groups.membershipsOf(principalId).map(({ groupId }) => groupId)].sort();
}

let events = 0;

function disabledEvent(userId: string): object {
  events += 1;
  const event = apiCallEvent('sso-directory', 'DisableUser', { identityStoreId: STORE, userId });
  return { ...event, id: `event-${events}`, time: new Date().toISOString() };
}

async function revocationOf(userId: string): Promise<RevocationPage> {
  const { body } = await running.ask('GET', `/revocations?userId=${userId}`);
  const [newest] = body.revocations;
  return newest && (await running.ask('GET', `/revocations/${newest.revocationId}`)).body;
}

/** Waits until access is removed, as far as it can be. */
async function taken(userId: string): Promise<RevocationPage> {
  let found: RevocationPage | undefined;
  await until('access is taken away', async () => {
    found = await revocationOf(userId);
    const { status } = found?.access ?? {};
    return status !== undefined && status !== 'PENDING' && status !== 'IN_PROGRESS';
  });
  if (!found) throw new Error('There is no revocation.');
  return found;
}

async function disable(userId: string): Promise<RevocationPage> {
  running.stack.users.disable(userId);
  await running.putEvents(disabledEvent(userId));
  return taken(userId);
}

const restore = (id: string) => running.ask('POST', `/revocations/${id}/restore-access`);
const send = (message: object) =>
  running.callAws('AmazonSQS.SendMessage', {
    QueueUrl: running.queue('AccessRemovalsQueue').url,
    MessageBody: JSON.stringify(message),
  });
const quiet = () =>
  workedOff(running, (millis) => {
    elapsed += millis;
  });
const changes = () =>
  running.stack.emulator.requests.filter(({ operation }) => /:(Create|Delete)(Acc|Group)/.test(operation));

test("a removal removes the user's own access, leaves what cannot go, and records both, also if the event comes twice", async () => {
  const { own, fromElsewhere } = groupIds;
  const colleague = somebody('colleague', [FIRST, THIRD], [own, fromElsewhere]);
  const leaver = somebody('leaver', [FIRST, SECOND, THIRD, MANAGEMENT], [own, fromElsewhere]);
  const untouched = [colleague, own, fromElsewhere].map(has);
  const event = disabledEvent(leaver);
  running.stack.users.disable(leaver);
  // EventBridge delivers at least once.
  for (const MessageBody of [event, event].map((told) => JSON.stringify(told)))
    await running.callAws('AmazonSQS.SendMessage', {
      QueueUrl: running.queue('RevocationsQueue').url,
      MessageBody,
    });
  const { access, accessItems = [], roleSessions, requestedAt } = await taken(leaver);
  expect(has(leaver)).toEqual([MANAGEMENT, fromElsewhere].sort());
  expect([colleague, own, fromElsewhere].map(has)).toEqual(untouched);
  expect(access).toEqual({
    status: 'INCOMPLETE',
    assignments: { removed: 3, left: 1 },
    memberships: { removed: 1, left: 1 },
  });
  const at = expect.any(String);
  const assignment = (accountId: string, rest: object) => ({
    kind: 'assignment',
    accountId,
    permissionSetArn,
    at,
    ...rest,
  });
  expect(accessItems).toHaveLength(6);
  expect(accessItems).toEqual(
    expect.arrayContaining([
      ...[FIRST, SECOND, THIRD].map((account) => assignment(account, { state: 'REMOVED' })),
      assignment(MANAGEMENT, { state: 'LEFT', why: 'refused' }),
      { kind: 'membership', groupId: own, state: 'REMOVED', at },
      { kind: 'membership', groupId: fromElsewhere, state: 'LEFT', why: 'external-group', at },
    ]),
  );
  // Some access is left, so the portal may issue role sessions until the end.
  const end = Date.parse(requestedAt) + 20 * HOUR;
  expect(Date.parse(roleSessions.mayContinueUntil)).toBeGreaterThanOrEqual(end);
  await quiet();
  expect((await running.ask('GET', `/revocations?userId=${leaver}`)).body.revocations).toHaveLength(1);
  expect(running.seen.filter((line) => line.includes('"AccessLeft":1'))).toHaveLength(1);
  expect(running.seen.some((line) => line.includes('"message":"access left"'))).toBe(true);
}, 30_000);

test('once no access is left, the denial ends after an hour plus the longest role session, and mayContinueUntil says the same', async () => {
  const userId = somebody('complete', [FIRST], [groupIds.own]);
  const before = Date.now();
  const { access, revocationId } = await disable(userId);
  expect(has(userId)).toEqual([]);
  expect(access).toMatchObject({ status: 'COMPLETED', assignments: { removed: 1, left: 0 } });
  // Must come before time passes: the reconciler's queue deduplicates by the functions' clock, and delivers by the
  // other one.
  await until('its message is done', () => running.queue('AccessRemovalsQueue').counts().inFlight === 0);
  await until('the reconciler has recorded it', async () => {
    elapsed += 1_000;
    const { deniedUntil, mayContinueUntil } = (await revocationOf(userId)).roleSessions;
    return deniedUntil === mayContinueUntil;
  });
  const { mayContinueUntil } = (await revocationOf(userId)).roleSessions;
  const [row] = (await rowsOf('DenyList')).filter((each) => each.revocationId === revocationId);
  expect(row?.denyUntil).toBe(mayContinueUntil);
  const end = Date.parse(mayContinueUntil) - 13 * HOUR;
  expect(end).toBeGreaterThan(before);
  expect(end).toBeLessThanOrEqual(Date.now());
}, 30_000);

async function rowsOf(part: string): Promise<Record<string, unknown>[]> {
  const command = new ScanCommand({ TableName: running.table(part), ConsistentRead: true });
  return ((await running.dynamo.send(command)).Items ?? []).map((item) => unmarshall(item));
}

test('once the user may sign in again, access that was removed by mistake is restored exactly', async () => {
  const { users, assignments } = running.stack;
  const userId = somebody('mistaken', [FIRST, SECOND], [groupIds.own, groupIds.other]);
  const before = has(userId);
  const { revocationId } = await disable(userId);
  // The record changes once more when the denial is in place, which this test does not check.
  await until('the denial is in place', async () => {
    elapsed += 1_000;
    return (await revocationOf(userId)).roleSessions.deniedAt !== null;
  });
  expect(has(userId)).toEqual([]);
  expect(await restore(revocationId)).toMatchObject({ status: 409, body: { code: 'user-not-enabled' } });
  expect(has(userId)).toEqual([]);

  users.enable(userId);
  // An earlier call got no answer. The change that it began continues.
  assignments.set({ changeMillis: 60_000 });
  assignments.request('create', {
    accountId: FIRST,
    permissionSetArn,
    principalType: 'USER',
    principalId: userId,
  });
  assignments.set({ changeMillis: 200 });
  const accepted = await restore(revocationId);
  expect(accepted).toMatchObject({
    status: 202,
    body: { access: { status: 'RESTORING', assignments: { removed: 1 }, memberships: { removed: 0 } } },
  });
  elapsed += 60_000;
  const restored = await restore(revocationId);
  expect(restored).toMatchObject({
    status: 200,
    body: { access: { status: 'RESTORED', assignments: { removed: 0, left: 0 } } },
  });
  expect(has(userId)).toEqual(before);

  const changed = changes().length;
  expect(await restore(revocationId)).toMatchObject({ status: 200, body: restored.body });
  // If the removal is delivered once more, it does not remove the access again.
  await send({ kind: 'remove-access', revocationId, userId, cause: 'disabled' });
  await quiet();
  expect(has(userId)).toEqual(before);
  expect(changes()).toHaveLength(changed);
  expect((await revocationOf(userId)).accessItems?.map(({ state }) => state)).toEqual(
    before.map(() => 'RESTORED'),
  );
}, 30_000);

test('while access is being removed, restoring answers 409 and restores nothing', async () => {
  const { assignments } = running.stack;
  const userId = somebody('removed by our word', [FIRST], [groupIds.own]);
  const before = has(userId);
  assignments.set({ changeMillis: 60_000 });
  await running.putEvents(userRemovedEvent({ userId }));
  const changed = changes().length;
  await until('a change is under way', () =>
    changes()
      .slice(changed)
      .some(({ operation }) => operation === 'sso-admin:DeleteAccountAssignment'),
  );
  const { revocationId } = await revocationOf(userId);
  expect(await restore(revocationId)).toMatchObject({ status: 409, body: { code: 'access-busy' } });
  assignments.set({ changeMillis: 200 });
  elapsed += 60_000;
  expect((await taken(userId)).access?.status).toBe('COMPLETED');
  expect(has(userId)).toEqual([]);
  expect((await restore(revocationId)).body.access.status).toBe('RESTORED');
  expect(has(userId)).toEqual(before);
}, 30_000);

test('a sign-out removes no access, and neither does a message that claims a removal without a record', async () => {
  const signedOut = somebody('signed out', [FIRST], [groupIds.own]);
  const stranger = somebody('stranger', [FIRST], [groupIds.own]);
  const removed = somebody('removed', [], []);
  const { body } = await running.post({ userId: signedOut });
  expect(body.access).toBeUndefined();
  expect((await restore(body.revocationId)).body.code).toBe('nothing-to-restore');
  const { revocationId } = await disable(removed);
  await quiet();
  const before = [signedOut, stranger].map(has);
  const changed = changes().length;
  const refused = () => running.seen.filter((line) => line.includes('"code":"revocation-not-found"')).length;
  const known = refused();
  const forged = { kind: 'remove-access', cause: 'removed' };
  await send({ ...forged, revocationId: body.revocationId, userId: signedOut });
  await send({ ...forged, revocationId, userId: stranger });
  await send({ ...forged, revocationId: `user.${'x'.repeat(43)}`, userId: stranger });
  await until('all of them were refused', () => refused() - known >= 3);
  expect([signedOut, stranger].map(has)).toEqual(before);
  expect(changes()).toHaveLength(changed);
}, 30_000);
