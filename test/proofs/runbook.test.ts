import { readFileSync } from 'node:fs';
import type { FaultSetting } from '../../local/emulators/ground/faults.ts';
import { awsClis, type RunLine, runLines, UNKNOWN_HERE } from '../support/aws-cli.ts';
import { userRemovedEvent } from '../support/events.ts';
import { deadLettersOf } from '../support/readme-redrive.ts';
import { type RunningStack, startWithClock, until, workedOff } from '../support/running-stack.ts';
import { type ShellSection, shellSections } from '../support/shell-lines.ts';
import { everything } from '../support/synth.ts';

// Every line of docs/runbook.md runs against the local stack by the real AWS CLI, or it is marked, and then it must fail here.

const [before, ...sections] = shellSections(readFileSync('docs/runbook.md', 'utf8'));

jest.setTimeout(120_000);

let running: RunningStack;
let pass: (millis: number) => void;
let clock: () => number;

const withCli = awsClis.length > 0 ? describe : describe.skip;

const emulator = () => running.stack.emulator;
const fault = (operation: FaultSetting['operation'], kind: FaultSetting['fault'], times?: number) =>
  emulator().faults.set({ operation, fault: kind, ...(times && { times }) });
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

/** What a section needs before its lines can do anything, and what must have come of them. */
interface Story {
  /** @returns what stands for the placeholders */
  before(): Promise<Record<string, string>>;
  after(lines: RunLine[]): Promise<void> | void;
}

/** A person whose placeholder is `<user id>`, and who must be signed out in the end. */
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

/** What registering is answered while something is away. */
async function registering(): Promise<number> {
  const file = emulator().signIns.signIn({ userName: 'runbook-1' });
  const userId = running.stack.users.find('runbook-1')?.userId;
  return (await running.ask('PUT', `/users/${userId}/sessions`, file)).status;
}

const deadLetters = () => deadLettersOf(running, 'Removals').counts().visible;
const becomeDeadLetters = () => until('it is given up', () => deadLetters() > 0 || pass(10_000), 60);

const replayed = signsOut();
let other: { accessToken: string };
let restored = { userId: '', accountId: '111111111111' };
const assigned = () => running.stack.assignments.of([restored.userId]).length;

const STORIES: Record<string, Story> = {
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
    fault('logout', 'fail');
    fault('listAccounts', 'fail');
    await removed(userId);
    await becomeDeadLetters();
    expect(await registering()).toBe(503);
    fault('logout', 'none');
    fault('listAccounts', 'none');
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
  }),
};

/** What alarms tell of, so that what their sections look for is there. */
async function causeAlarms(): Promise<void> {
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

/** What was not caused above: a function that crashes. */
const FINDS_NOTHING = ['?ERROR ?"Task timed out"'];

const filled = ({ lines }: ShellSection, values: Record<string, string>) =>
  lines.map((line) => ({
    ...line,
    text: line.text.replace(/'<([\w ]+)>'/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`Nothing stands for <${name}>.`);
      return `'${value}'`;
    }),
  }));

withCli('the lines of the runbook (skipped where there is no AWS CLI)', () => {
  beforeAll(async () => {
    ({ running, pass, clock } = await startWithClock());
    await causeAlarms();
  });
  afterAll(() => running.close());

  test.each(sections.map((section) => [section.heading, section] as const))(
    '%s',
    async (heading, section) => {
      const story = STORIES[heading];
      const values = (await story?.before()) ?? {};
      const ran = await runLines(before?.lines ?? [], filled(section, values), running.stack.url);
      const unknown = ran.filter(({ code }) => code === UNKNOWN_HERE).map(({ text }) => text);
      if (unknown.length > 0)
        process.stdout.write(`Not run, as no AWS CLI of this machine knows them:\n${unknown.join('\n')}\n`);
      for (const { text, notRun, code, out, err } of ran) {
        if (code === UNKNOWN_HERE) continue;
        if (notRun === undefined) expect({ text, err, code }).toEqual({ text, err, code: 0 });
        else
          expect({ text, fails: code !== 0, err }).toEqual({
            text,
            fails: true,
            err: expect.stringMatching(NOT_HERE),
          });
        const isSearch = notRun === undefined && text.startsWith('aws logs tail');
        if (isSearch && !FINDS_NOTHING.some((pattern) => text.includes(pattern)))
          expect({ text, finds: out !== '' }).toEqual({ text, finds: true });
      }
      await story?.after(ran);
    },
  );
});

const NOT_HERE = /does not emulate|NotEmulated|does not exist/;

test('no line of the runbook is run by nobody: each is in a section, and calls AWS, the API or sets a variable', () => {
  const lines = sections.flatMap((section) => section.lines);
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.filter(({ text }) => !/^(aws|api) |^\w+=/.test(text))).toEqual([]);
  expect(Object.keys(STORIES).filter((heading) => !sections.some((one) => one.heading === heading))).toEqual(
    [],
  );
});
