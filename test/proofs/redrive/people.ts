import { dynamoDenyList } from '../../../lambda/aws/role-sessions/deny-list.ts';
import { isInForce } from '../../../lambda/domain/denial.ts';
import type { TokenCacheFile } from '../../../local/emulators/sign-in/sign-ins.ts';
import { holdSessions } from '../../support/held-rows.ts';
import type { RunningStack } from '../../support/running-stack.ts';

const { signal } = new AbortController();

export interface Person {
  userId: string;
  userName: string;
  /** Sign-ins from before. */
  files: TokenCacheFile[];
  /** The sign-in after the person came back. */
  newer?: TokenCacheFile;
}

let people = 0;

/** A user with two sign-ins, both registered. */
export async function somebody(running: RunningStack): Promise<Person> {
  people += 1;
  const userName = `person-${people}@example.com`;
  const held = await holdSessions(running, [userName, userName]);
  return { userId: held[0]?.userId ?? '', userName, files: held.map(({ file }) => file) };
}

export function leave({ stack: { users } }: RunningStack, { userId }: Person, how: Left): void {
  if (how === 'deleted') users.delete(userId);
  else users.disable(userId);
}

export type Left = 'deleted' | 'disabled';

/** Brings the user back in the directory. A deleted user returns under the same id, which contradicts the event. */
export function comeBack({ stack: { users } }: RunningStack, { userId, userName }: Person): void {
  if (!users.enable(userId)) users.create({ userId, userName });
}

/** @returns the status of the answer */
export async function register(running: RunningStack, { userId }: Person, file: object): Promise<number> {
  return (await running.ask('PUT', `/users/${userId}/sessions`, file)).status;
}

/** Signs the person in again. @returns the status of the answer to registering that session */
export async function signInAgain(running: RunningStack, person: Person): Promise<number> {
  // Signing in by a deleted user's name would create a new user.
  const { emulator } = running.stack;
  const file = emulator.signIns.signIn({ userName: person.userName });
  person.newer = file;
  return register(running, person, file);
}

export function isAlive({ stack }: RunningStack, { clientId, refreshToken }: TokenCacheFile): boolean {
  return stack.emulator.signIns.refresh(clientId, refreshToken) !== undefined;
}

/** The final state of a person. */
export async function stateOf(running: RunningStack, clock: () => number, person: Person) {
  const list = dynamoDenyList(running.dynamo, running.table('DenyList'));
  const now = new Date(clock());
  const denials = (await list.entriesOf(person.userId, signal)).filter((entry) => isInForce(entry, now));
  const { sessions } = (await running.ask('GET', `/sessions?userId=${person.userId}`)).body;
  const { newer } = person;
  return {
    oldAlive: person.files.filter((file) => isAlive(running, file)).length,
    held: sessions.length,
    newer: newer && (isAlive(running, newer) ? 'lives' : 'ended'),
    /** Denials of all role sessions, and of those issued before a sign-out. */
    removed: denials.some(({ issuedBefore }) => issuedBefore === undefined),
    signedOut: denials.some(({ issuedBefore }) => issuedBefore !== undefined),
    mayRegister:
      (await register(
        running,
        person,
        running.stack.emulator.signIns.signIn({ userName: person.userName }),
      )) === 201,
  };
}
