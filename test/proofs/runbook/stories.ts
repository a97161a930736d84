import type { FaultSetting } from '../../../local/emulators/ground/faults.ts';
import type { RunLine } from '../../support/aws-cli.ts';
import { userRemovedEvent } from '../../support/events.ts';
import { deadLettersOf } from '../../support/runbook-redrive.ts';
import { type startWithClock, until, workedOff } from '../../support/running-stack.ts';
import { everything } from '../../support/synth.ts';

type Started = Awaited<ReturnType<typeof startWithClock>>;

let running: Started['running'];
let pass: Started['pass'];
let clock: Started['clock'];

/** Sets the stack that the stories use from now on. */
export function tellOf(started: Started): void {
  ({ running, pass, clock } = started);
}

const emulator = () => running.stack.emulator;
const fault = (operation: FaultSetting['operation'], kind: FaultSetting['fault'], times?: number) =>
  emulator().faults.set({ operation, fault: kind, ...(times && { times }) });
const PORTAL = ['logout', 'listAccounts'] as const;
const isAlive = ({ accessToken }: { accessToken: string }) =>
  emulator().signIns.userOf(accessToken) !== undefined;
const quiet = () => workedOff(running, pass);
const removed = (userId: string, at = clock()) =>
  running.putEventsOf(new Date(at), userRemovedEvent({ userId }));

let people = 0;
async function somebody() {
  people += 1;
  return running.register(`runbook-${people}`);
}

/** What a section needs before its lines can do anything, and what they must have caused. */
export interface Story {
  /** @returns the values for the placeholders */
  before(): Promise<Record<string, string>>;
  after(lines: RunLine[]): Promise<void> | void;
}

/** A person whose placeholder is `<user id>`. The section must sign this person out. */
function signsOut(prepare: (userId: string) => Promise<unknown> | unknown = () => {}): Story {
  let file: { accessToken: string };
  return {
    async before() {
      const person = await somebody();
      file = person.file;
      await prepare(person.userId);
      return { 'user id': person.userId };
    },
    async after() {
      for (const operation of ['logout', 'identitystore'] as const) fault(operation, 'none');
      await until('the person is signed out', () => pass(1_000) ?? !isAlive(file));
      await quiet();
    },
  };
}

/** The answer to registering a session while a service is down. */
async function registering(): Promise<number> {
  const file = emulator().signIns.signIn({ userName: 'runbook-1' });
  const userId = running.stack.users.find('runbook-1')?.userId;
  return (await running.ask('PUT', `/users/${userId}/sessions`, file)).status;
}

const expectDenied = (userId: string) =>
  expect(
    emulator()
      .organizations.all()
      .map(({ content }) => content)
      .join(),
  ).toContain(userId);

const deadLetters = () => deadLettersOf(running, 'Removals').counts().visible;
const becomeDeadLetters = () => until('it is given up', () => deadLetters() > 0 || pass(10_000), 60);

const replayed = signsOut();
let other: { accessToken: string };
let restored = { userId: '', accountId: '111111111111' };
const assigned = () => running.stack.assignments.of([restored.userId]).length;

/** By the heading of the section. */
export const STORIES: Record<string, Story> = {
  Redrive: signsOut(async (userId) => {
    fault('delivery', 'fail', 1);
    await removed(userId);
    await until('it is a dead letter', () => deadLetters() > 0);
  }),
  'Replay an event': {
    async before() {
      const person = await somebody();
      other = person.file;
      const event = {
        ...userRemovedEvent({ userId: person.userId }),
        id: 'replayed',
        account: '000000000000',
        time: new Date(clock()).toISOString(),
      };
      return { ...(await replayed.before()), event: JSON.stringify(event) };
    },
    async after(lines) {
      await replayed.after(lines);
      await until('the other person is signed out', () => !isAlive(other));
    },
  },
  'Revoke by hand': signsOut(),
  'Lift a denial': {
    async before() {
      const { userId } = await somebody();
      await running.post({ userId });
      await running.ask('POST', '/revocations/everyone', { reason: 'a drill' });
      await quiet();
      return { 'user id': userId };
    },
    after(lines) {
      const lifted = lines.filter(({ text }) => text.startsWith('api DELETE'));
      expect(lifted.map(({ out }) => JSON.parse(out).denialsLifted)).toEqual([1, 1]);
    },
  },
  'Restore access': {
    async before() {
      const { userId } = await somebody();
      restored = { ...restored, userId };
      const { permissionSets, assign } = running.stack.assignments;
      const permissionSetArn = `${everything.instanceArn.replace(':instance/', ':permissionSet/')}/ps-0123456789abcdef`;
      permissionSets.create({ name: 'Developer', permissionSetArn });
      assign({
        accountId: restored.accountId,
        permissionSetArn,
        principalType: 'USER',
        principalId: userId,
      });
      await removed(userId);
      await until('the access is taken away', () => pass(1_000) ?? assigned() === 0);
      await quiet();
      running.stack.users.enable(userId);
      const { body } = await running.ask('GET', `/revocations?userId=${userId}`);
      return { 'user id': userId, 'revocation id': body.revocations[0].revocationId };
    },
    after() {
      expect(assigned()).toBe(1);
    },
  },
  'Rotate the key of tokens': signsOut(),
  'Restore the tables': {
    async before() {
      const schedule = running.stack.schedules.logicalIds.find((id) => id.includes('Sweep'));
      await running.stack.schedules.run(schedule ?? '');
      return {};
    },
    after: quiet,
  },
  'The portal is away': signsOut(async (userId) => {
    for (const operation of PORTAL) fault(operation, 'fail');
    await removed(userId);
    await becomeDeadLetters();
    expect(await registering()).toBe(503);
    expectDenied(userId);
    for (const operation of PORTAL) fault(operation, 'none');
  }),
  'The directory is away': signsOut(async () => {
    fault('identitystore', 'fail');
    expect(await registering()).toBe(503);
  }),
  'The key is away': signsOut(async (userId) => {
    for (const key of emulator().keys.all()) emulator().keys.enable(key, false);
    await removed(userId);
    await becomeDeadLetters();
    expect(await registering()).toBe(503);
    expectDenied(userId);
  }),
};

/** Causes what alarms report, so that the lines of their sections find it. */
export async function causeAlarms(): Promise<void> {
  const [late, rejected, also] = [await somebody(), await somebody(), await somebody()];
  const [left, failed] = [await somebody(), await somebody()];
  await removed(late.userId, clock() - 20 * 60_000);
  await running.putEventsOf(new Date(clock()), userRemovedEvent({ userName: 'nobody@example.com' }));
  await running.ask(
    'PUT',
    '/sessions',
    { ...left.file, userId: also.userId },
    await running.signedBy(left.file),
  );
  const externalIds = [{ issuer: 'https://scim.example.com', id: 'developers' }];
  const { groupId } = running.stack.groups.create({ displayName: 'from elsewhere', externalIds });
  running.stack.groups.join(groupId, left.userId);
  await removed(left.userId);
  await quiet();
  fault('logout', 'reject');
  await removed(rejected.userId);
  await quiet();
  await running.post({ userId: also.userId });
  fault('logout', 'fail');
  await running.post({ accessToken: emulator().signIns.signIn({ userName: 'held-by-nobody' }).accessToken });
  await removed(failed.userId);
  await until('a try', () => running.seen.some((line) => line.includes('"kind":"not-ended"')));
  fault('logout', 'none');
  await quiet();
}
