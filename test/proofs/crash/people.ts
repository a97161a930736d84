import { EVERYONE } from '../../../lambda/domain/denial.ts';
import type { Revocation } from '../../../lambda/domain/record/describe-revocation.ts';
import type { SessionOutcome } from '../../../lambda/domain/revocation.ts';
import type { TokenCacheFile } from '../../../local/emulators/sign-in/sign-ins.ts';
import { hashOf } from '../../../local/ground/token-hash.ts';
import { heldRow } from '../../support/held-rows.ts';
import type { Aftermath, Fate } from './aftermath.ts';
import type { PlannedCrash } from './crash-points.ts';
import type { GatedStack } from './gated-stack.ts';

const HOUR = 3_600_000;
/** People come so far apart that the deduplication interval of the reconciler's queue is over. */
const APART = 600_000;

export interface Person {
  userId: string;
  userName: string;
  sessions: { sessionId: string; file: TokenCacheFile; wasDead: boolean }[];
}

/** The number of sessions: valid ones, some whose access token must be refreshed, and some that are over. */
export interface Sessions {
  live: number;
  expired?: number;
  dead?: number;
}

let people = 0;

function nextName({ pass }: GatedStack): string {
  pass(APART);
  people += 1;
  return `person-${people}@example.com`;
}

/** A user with these sessions, all of them held in the token cache. */
export async function newPerson(
  stack: GatedStack,
  { live, expired = 0, dead = 0 }: Sessions,
): Promise<Person> {
  const { running, tables, pass } = stack;
  const { signIns } = running.stack.emulator;
  const userName = nextName(stack);
  const signIn = (count: number) => Array.from({ length: count }, () => signIns.signIn({ userName }));
  const old = signIn(expired);
  if (expired > 0) pass(HOUR + 1);
  const over = signIn(dead);
  for (const { accessToken } of over) signIns.logout(accessToken);
  const files = [...old, ...over, ...signIn(live)];
  const userId = running.stack.users.find(userName)?.userId ?? '';
  const now = Date.now();
  const rows = files.map((file) =>
    heldRow(tables.sealer, userId, file, old.includes(file) ? now - HOUR : now + HOUR),
  );
  await tables.hold(await Promise.all(rows));
  const sessions = files.map((file) => ({
    sessionId: hashOf(file.accessToken),
    file,
    wasDead: over.includes(file),
  }));
  return { userId, userName, sessions };
}

/** A user with one session, which is not held yet. */
export function signedIn(stack: GatedStack): Person {
  const { running } = stack;
  const userName = nextName(stack);
  const file = running.stack.emulator.signIns.signIn({ userName });
  const userId = running.stack.users.find(userName)?.userId ?? '';
  return { userId, userName, sessions: [{ sessionId: hashOf(file.accessToken), file, wasDead: false }] };
}

/** Whether the sign-in session is alive, even if its access token has expired. */
export function isAlive({ running }: GatedStack, { clientId, refreshToken }: TokenCacheFile): boolean {
  return running.stack.emulator.signIns.refresh(clientId, refreshToken) !== undefined;
}

/** The person's revocations as the API lists them, newest first. */
export async function revocationsOf({ running }: GatedStack, { userId }: Person): Promise<Revocation[]> {
  return (await running.ask('GET', `/revocations?userId=${userId}`)).body.revocations;
}

async function outcomesOf({ tables }: GatedStack, revocations: Revocation[]): Promise<SessionOutcome[]> {
  const recorded = await Promise.all(revocations.map(({ revocationId }) => tables.recorded(revocationId)));
  return recorded.flatMap(({ outcomes }) => outcomes);
}

/** Sessions that are over but not recorded as logged out: the crash has swallowed the portal's answer. */
export async function lostAnswers(
  stack: GatedStack,
  person: Person,
  crash: Pick<PlannedCrash, 'isOver'>,
): Promise<Set<string>> {
  if (!crash.isOver()) return new Set();
  const outcomes = await outcomesOf(stack, await revocationsOf(stack, person));
  const recorded = outcomes.filter(({ outcome }) => outcome === 'LOGGED_OUT');
  const known = new Set(recorded.map(({ sessionId }) => sessionId));
  const over = person.sessions.filter(
    ({ file, sessionId, wasDead }) => !wasDead && !known.has(sessionId) && !isAlive(stack, file),
  );
  const lost = await Promise.all(
    over.map(async ({ sessionId }) => {
      // Revoking a session itself may have recorded the outcome but not the header.
      const own = await stack.tables.recorded(sessionId);
      return own.outcomes.some(({ outcome }) => outcome === 'LOGGED_OUT') ? [] : [sessionId];
    }),
  );
  return new Set(lost.flat());
}

/**
 * All that concerns a person, from all their revocations together. @param lost - sessions whose answer of the portal a
 * crash has swallowed
 */
export async function aftermathOf(
  stack: GatedStack,
  person: Person,
  lost: ReadonlySet<string>,
): Promise<Aftermath> {
  const revocations = await revocationsOf(stack, person);
  const fates = person.sessions.map(
    ({ sessionId, file, wasDead }): Fate => ({
      sessionId,
      wasDead,
      isAlive: isAlive(stack, file),
      isAnswerLost: lost.has(sessionId),
    }),
  );
  const own = await stack.tables.denials(person.userId);
  const everyone = await stack.tables.denials(EVERYONE);
  const isPartOf = ({ revocationId }: { revocationId: string }) =>
    revocations.some(({ everyoneId }) => everyoneId === revocationId);
  const denials = [...own, ...everyone.filter(isPartOf)];
  const isDenied = (everyoneId: string | undefined) =>
    everyone.some(({ revocationId, deniedAt }) => revocationId === everyoneId && deniedAt !== undefined);
  const rows = await stack.tables.held(person.userId);
  return {
    fates,
    outcomes: await outcomesOf(stack, revocations),
    revocations,
    held: [...rows, ...(await stack.tables.notes(person.userId))].map(({ sessionId }) => sessionId),
    isFenced: (await stack.tables.fence(person.userId)).length > 0,
    denial: {
      isOnTheList: denials.length > 0,
      isSettled: denials.every(({ settled }) => settled === 'denied'),
      // Ending a session that was registered under a fence is a revocation of its own, and denies nothing.
      isRecorded: revocations.every(
        ({ roleSessions: { deniedAt, notDenied }, everyoneId }) =>
          deniedAt !== null || notDenied === 'per-user' || (notDenied === 'everyone' && isDenied(everyoneId)),
      ),
    },
  };
}
