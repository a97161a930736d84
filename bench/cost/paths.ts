import { randomUUID } from 'node:crypto';
import { routes } from '../../lambda/routes.ts';
import { userRemovedEvent } from '../../test/support/events.ts';
import { type RunningStack, until, workedOff } from '../../test/support/running-stack.ts';
import type { MeteredDynamoDb } from './metered-dynamo-db.ts';
import { type Usage, usageOf } from './usage.ts';

/** A way to revoke people, and what it used. */
export interface Path {
  readonly name: string;
  readonly people: number;
  readonly usage: Usage;
  /** Whether the functions begin cold, as they do if hardly anything happens. */
  readonly start: 'cold' | 'warm';
  /** What the request to `POST /revocations` ends. */
  readonly revoking: 'session' | 'user';
}

/** The number of sessions of each user, unless the path is about one session. */
export const SESSIONS = 3;
/** The number of users of the red button. They are enough for several jobs in a batch. */
const EVERYONE = 40;

/** Measures the paths in turn, each in a stack that is otherwise idle. */
export async function measurePaths(
  running: RunningStack,
  meter: MeteredDynamoDb,
  progress: (line: string) => void,
): Promise<Path[]> {
  const paths: Path[] = [];
  const measure = async (name: string, act: () => Promise<unknown>, more: Partial<Path> = {}) => {
    progress(`  ${name}`);
    await settled(running);
    const whole = async () => {
      await act();
      await settled(running);
    };
    const usage = await usageOf(running, meter, whole);
    paths.push({ name, people: 1, start: 'cold', revoking: 'session', ...more, usage });
  };
  const { requests, signIns } = running.stack.emulator;
  const logouts = () => requests.filter(({ operation }) => operation === 'logout').length;
  const registered = (people = 1) => registerPeople(running, people);
  const user = newName();
  await measure(`register a session (\`${routes.registerSession}\`)`, () => running.register(user));
  // The paths that follow must not find this user.
  await running.post({ userId: running.stack.users.find(user)?.userId });

  const { accessToken } = signIns.signIn({ userName: newName() });
  await measure(`\`${routes.revoke}\`, one session by its token`, () => running.post({ accessToken }));

  const [asked = ''] = await registered();
  await measure(
    `\`${routes.revoke}\`, a user with ${SESSIONS} sessions`,
    () => running.post({ userId: asked }),
    { revoking: 'user' },
  );

  const [removed = ''] = await registered();
  await measure(`removal event, a user with ${SESSIONS} sessions`, () =>
    running.putEvents(userRemovedEvent({ userId: removed })),
  );

  const [missing = ''] = await registered();
  await measure(`found by the sweep, a user with ${SESSIONS} sessions`, async () => {
    const before = logouts();
    running.stack.users.delete(missing);
    await sweepOnce(running);
    await until('the sweep has found the user', () => logouts() >= before + SESSIONS);
  });

  await registered(EVERYONE);
  await measure(
    `\`${routes.revokeEveryone}\`, ${SESSIONS} sessions a user`,
    () => running.ask('POST', '/revocations/everyone', { reason: 'bench' }),
    { people: EVERYONE, start: 'warm' },
  );
  return paths;
}

const newName = () => `${randomUUID()}@example.com`;

async function registerPeople(running: RunningStack, people: number): Promise<string[]> {
  const ids: string[] = [];
  for (const userName of Array.from({ length: people }, newName)) {
    for (let n = 0; n < SESSIONS; n += 1) {
      const { userId } = await running.register(userName);
      if (n === 0) ids.push(userId);
    }
  }
  return ids;
}

/** Runs the schedule of the sweep at once. */
export async function sweepOnce({ stack }: RunningStack): Promise<void> {
  const schedule = stack.schedules.logicalIds.find((id) => id.includes('Sweep')) ?? '';
  await stack.schedules.run(schedule);
}

/** Waits until the stack is idle. Delayed messages count, so it also waits for the messages that wake the reconciler. */
export const settled = (running: RunningStack) => workedOff(running, () => {}, 60);
