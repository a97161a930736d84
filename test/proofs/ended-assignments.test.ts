import type { RevocationPage } from '../../lambda/domain/record/read-revocation.ts';
import type { PermissionSet } from '../../local/emulators/sso-admin/permission-sets.ts';
import { assignmentDeletedEvent, INSTANCE_ARN, userRemovedEvent } from '../support/events.ts';
import { type RunningStack, startWithClock, until } from '../support/running-stack.ts';

const ACCOUNT = '111122223333';
const HOUR = 3_600_000;

let running: RunningStack;
let clock: () => number;
let pass: (millis: number) => void;
let admin: PermissionSet;

beforeAll(async () => {
  ({ running, clock, pass } = await startWithClock());
  admin = running.stack.assignments.permissionSets.create({ name: 'Admin', sessionDuration: 'PT2H' });
}, 30_000);
afterAll(() => running.close());

/** A user with a direct assignment of the permission set. */
function assigned(userName: string): string {
  const { userId } = running.stack.users.create({ userName });
  assign('USER', userId);
  return userId;
}

const assign = (principalType: 'USER' | 'GROUP', principalId: string) =>
  running.stack.assignments.assign({
    accountId: ACCOUNT,
    permissionSetArn: admin.permissionSetArn,
    principalType,
    principalId,
  });

const eventAbout = (userId: string, id: string) => ({
  ...assignmentDeletedEvent({ principalId: userId, permissionSetArn: admin.permissionSetArn }),
  id,
});

const sendEvent = (event: object) => running.putEventsOf(new Date(clock()), event);

/** Ends the assignment as a just-in-time access tool does. CloudTrail records the call at once. */
async function endAssignment(userId: string): Promise<void> {
  await running.callAws('SWBExternalService.DeleteAccountAssignment', {
    InstanceArn: INSTANCE_ARN,
    TargetId: ACCOUNT,
    TargetType: 'AWS_ACCOUNT',
    PermissionSetArn: admin.permissionSetArn,
    PrincipalType: 'USER',
    PrincipalId: userId,
  });
  await sendEvent(eventAbout(userId, 'unused'));
}

const logged = (kind: string, userId: string) =>
  running.seen.filter((line) => line.includes(`"kind":"${kind}"`) && line.includes(userId));
const isLogged = (kind: string, userId: string) =>
  until(`${kind} of ${userId}`, () => {
    pass(1_000);
    return logged(kind, userId).length > 0;
  });

const policyText = () => {
  const { organizations } = running.stack.emulator;
  return organizations.contentOf(organizations.all()[0]?.policyId ?? '');
};
/** The conditions of the statements that name the user. */
const conditionsOf = (userId: string): Record<string, Record<string, unknown>>[] =>
  JSON.parse(policyText())
    .Statement.map(({ Condition }: { Condition: object }) => Condition)
    .filter((condition: object) => JSON.stringify(condition).includes(userId));
const cutoffOf = (userId: string) =>
  Date.parse(String(conditionsOf(userId)[0]?.DateLessThan?.['aws:TokenIssueTime']));
const revocationsOf = async (userId: string): Promise<RevocationPage[]> =>
  (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations;

const isDenied = (userId: string) =>
  until(`the policy denies ${userId}`, () => {
    pass(1_000);
    return policyText().includes(userId);
  });

test('when an assignment ends, its older sessions of that role are denied until they expire, and the revocation records it', async () => {
  const userId = assigned('jit@example.com');
  const began = clock();
  await endAssignment(userId);
  await isDenied(userId);
  const name = `AWSReservedSSO_Admin_${'?'.repeat(16)}`;
  expect(conditionsOf(userId)).toEqual([
    {
      StringEquals: { 'identitystore:UserId': [userId] },
      ArnLike: {
        'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com*/${name}`,
      },
      DateLessThan: { 'aws:TokenIssueTime': expect.any(String) },
    },
  ]);
  const first = cutoffOf(userId);
  expect(first).toBeGreaterThanOrEqual(began);
  expect(first).toBeLessThanOrEqual(clock() + 1_000);
  const isRecorded = async () => (await revocationsOf(userId))[0]?.status === 'COMPLETED';
  await until('the record says so', isRecorded);
  const [revocation] = await revocationsOf(userId);
  const page = await running.ask('GET', `/revocations/${revocation?.revocationId}`);
  expect(page.body).toMatchObject({
    status: 'COMPLETED',
    subject: {
      userId,
      assignment: {
        accountId: ACCOUNT,
        permissionSetArn: admin.permissionSetArn,
        permissionSetName: 'Admin',
      },
    },
    source: 'event',
    sessions: { found: 0 },
    roleSessions: { deniedAt: expect.any(String), deniedUntil: expect.any(String) },
  });
  expect(page.body).not.toHaveProperty('next');

  // An hour later the assignment is still gone. The portal may have issued role sessions meanwhile.
  pass(HOUR);
  await isLogged('still-ended', userId);
  await until('the cutoff has moved on', () => {
    pass(1_000);
    return cutoffOf(userId) >= first + HOUR;
  });
  expect(conditionsOf(userId)).toHaveLength(1);
  expect(await revocationsOf(userId)).toHaveLength(1);

  // After a new assignment, role sessions are issued after the cutoff.
  assign('USER', userId);
  expect(cutoffOf(userId)).toBeLessThanOrEqual(clock() + 1_000);

  pass(2 * HOUR);
  const schedule = running.stack.schedules.logicalIds.find((id) => id.includes('DenyList')) ?? '';
  await running.stack.schedules.run(schedule);
  await until('the denial is over', () => {
    pass(1_000);
    return !policyText().includes(userId);
  });
}, 60_000);

test('if a group still grants the same role, no session is denied', async () => {
  const userId = assigned('overlap@example.com');
  const { groupId } = running.stack.groups.create({ displayName: 'admins' });
  running.stack.groups.join(groupId, userId);
  assign('GROUP', groupId);
  await endAssignment(userId);
  await isLogged('still-assigned', userId);
  expect(await revocationsOf(userId)).toEqual([]);
  expect(policyText()).not.toContain(userId);
}, 60_000);

test('while the deletion is under way, the message returns until the assignment is gone', async () => {
  const userId = assigned('slow@example.com');
  running.stack.assignments.set({ changeMillis: 120_000 });
  await endAssignment(userId);
  running.stack.assignments.set({ changeMillis: 1_000 });
  await isLogged('waiting', userId);
  expect(await revocationsOf(userId)).toEqual([]);
  await isDenied(userId);
  expect(running.stack.assignments.all().some(({ principalId }) => principalId === userId)).toBe(false);
}, 60_000);

test('if the deletion fails, no session is denied and the log says so', async () => {
  const userId = assigned('kept@example.com');
  running.stack.assignments.set({ failNext: 'The role cannot be changed.' });
  await endAssignment(userId);
  await until('it is given up', () => {
    pass(60_000);
    return logged('kept', userId).length > 0;
  });
  expect(policyText()).not.toContain(userId);
  expect(await revocationsOf(userId)).toEqual([]);
}, 60_000);

test('the same event delivered twice makes one revocation and one denial', async () => {
  const { userId } = running.stack.users.create({ userName: 'twice@example.com' });
  const body = JSON.stringify({ ...eventAbout(userId, 'the-same'), time: new Date(clock()).toISOString() });
  const queue = running.stack.emulator.queues.byUrl(running.queue('EndedAssignmentsQueue').url);
  queue?.send(body);
  queue?.send(body);
  await until('both are processed', () => logged('denied', userId).length === 2);
  await isDenied(userId);
  expect(conditionsOf(userId)).toHaveLength(1);
  expect(await revocationsOf(userId)).toHaveLength(1);
}, 60_000);

test('if the user was removed, the removal denies everything and the ended assignment adds no entry', async () => {
  const userId = assigned('removed@example.com');
  running.stack.users.disable(userId);
  await sendEvent(userRemovedEvent({ userId }));
  await isDenied(userId);
  // The removal deletes the assignment, and CloudTrail reports that.
  await sendEvent(eventAbout(userId, 'unused'));
  await isLogged('removed', userId);
  expect(await revocationsOf(userId)).toHaveLength(1);
  expect(conditionsOf(userId)).toHaveLength(1);
  expect(conditionsOf(userId)[0]).not.toHaveProperty('ArnLike');
}, 60_000);

test('once a person lifts the denial, the next check does not restore it', async () => {
  const userId = assigned('lifted@example.com');
  await endAssignment(userId);
  await isDenied(userId);
  expect(await running.ask('DELETE', `/deny-list/${userId}`)).toMatchObject({
    status: 202,
    body: { denialsLifted: 1 },
  });
  await until('it is out of the policy', () => {
    pass(1_000);
    return !policyText().includes(userId);
  });
  pass(HOUR);
  await isLogged('lifted', userId);
  expect(policyText()).not.toContain(userId);
}, 60_000);
