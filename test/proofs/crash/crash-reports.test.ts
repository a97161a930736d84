import { JOBS } from '../../../lambda/aws/token-cache/rows.ts';
import type { Report } from '../../../lambda/domain/report.ts';
import { proof } from '../../support/proof.ts';
import { type Aftermath, bestOf, losses } from './aftermath.ts';
import { crashEverywhere, planCrash } from './crash-points.ts';
import { fenceOf, fillPages } from './fences.ts';
import { type GatedStack, startGatedStacks } from './gated-stack.ts';
import { aftermathOf, isAlive, lostAnswers, newPerson, type Person, signedIn } from './people.ts';

const MINUTE = 60_000;

let stacks: GatedStack[] = [];

beforeAll(async () => {
  stacks = await startGatedStacks();
  await Promise.all(stacks.map(fillPages));
}, 60_000);
afterAll(() => Promise.all(stacks.map((stack) => stack.close())), 60_000);

/** The people whom reports concern, and one whom none concerns. */
interface People {
  disabled: Person;
  deleted: Person;
  /** The message of this person's revocation was lost. */
  stuck: Person;
  /** Denied and fenced as a deleted user, then enabled again. */
  back: Person;
  /** Registered under a fence, by a function that crashed. */
  slippedIn: Person;
  stays: Person;
}

async function people(stack: GatedStack): Promise<People> {
  const { users } = stack.running.stack;
  const person = () => newPerson(stack, { live: 1 });
  const all = {
    ...{ disabled: await person(), deleted: await person(), stuck: await person() },
    ...{ slippedIn: await person(), stays: await person() },
    // Signed in, but registering is refused.
    back: signedIn(stack),
  };
  users.disable(all.disabled.userId);
  users.delete(all.deleted.userId);
  await stack.tables.hold([
    fenceOf(all.slippedIn.userId),
    noteOf(all.stuck),
    fenceOf(all.back.userId, 120 * MINUTE),
  ]);
  await stack.tables.deny(all.back.userId, stuckId(all.back));
  return all;
}

const stuckId = ({ userId }: Person) => `user.${userId.padEnd(43, '-').slice(0, 43)}`;

/**
 * The note of a revocation that began too long ago to be still under way, but within the time for which the company's
 * own event stands.
 */
function noteOf(person: Person): object {
  const requestedAt = new Date(Date.now() - 45 * MINUTE).toISOString();
  const revocationId = stuckId(person);
  const job = {
    kind: 'revoke-user',
    revocationId,
    source: 'event',
    requestedBy: 'an event',
    requestedAt,
    userId: person.userId,
    cause: 'removed',
  };
  return { userId: JOBS, sessionId: revocationId, job: JSON.stringify(job), begunAt: requestedAt };
}

/** What the people lost in the end. @param lost - sessions whose answer of the portal a crash has swallowed */
async function lossesOf(
  stack: GatedStack,
  { stays, slippedIn, back, ...removed }: People,
  lost: ReadonlySet<string> = new Set(),
): Promise<string[]> {
  const aftermath = async (person: Person) => bestOf(await aftermathOf(stack, person, lost));
  const ofRemoved = await Promise.all(Object.values(removed).map(aftermath));
  const ofSlippedIn = lossesOfSlippedIn(await aftermath(slippedIn));
  const isSpared = [stays, back].every(({ sessions }) => sessions.every(({ file }) => isAlive(stack, file)));
  const revoked = (await aftermathOf(stack, stays, lost)).revocations;
  const isKeptOut = await keptOut(stack, back);
  for (const { userId } of [stays, slippedIn, back, ...Object.values(removed)])
    await stack.tables.forget(userId);
  return [
    ...ofRemoved.flatMap(losses),
    ...ofSlippedIn,
    ...isKeptOut,
    ...(isSpared && revoked.length === 0 ? [] : ['somebody who stays is signed out']),
  ];
}

/** Someone who is back must be neither fenced nor denied, and the record must say so. */
async function keptOut({ tables }: GatedStack, { userId }: Person): Promise<string[]> {
  const [fence] = await tables.fence(userId);
  const entries = await tables.denials(userId);
  const { header } = await tables.recorded(entries[0]?.revocationId ?? '');
  return [
    ...(fence?.loweredAt ? [] : ['somebody who is back is refused']),
    ...(entries.length === 1 && entries.every(({ lifted, settled }) => lifted && settled === 'lifted')
      ? []
      : ['somebody who is back is denied']),
    ...(header?.denied?.notDenied === 'lifted' ? [] : ['the record of somebody who is back says otherwise']),
  ];
}

/** The revocation that raised the fence denies the role sessions. Ending the session that slipped in denies none. */
function lossesOfSlippedIn({ denial, ...aftermath }: Aftermath): string[] {
  return [...losses(aftermath), ...(denial?.isOnTheList ? ['whoever slipped in is denied'] : [])];
}

proof('if a sweep crashes anywhere, the next sweep revokes whoever has left', (tally) =>
  crashEverywhere(stacks, tally, async (stack, point) => {
    const { schedules } = stack.running.stack;
    const all = await people(stack);
    const crash = planCrash(stack, { id: 'Sweep', makesUnsignedCalls: false }, point);
    const sweep = async () => {
      for (const id of schedules.logicalIds) await schedules.run(id);
    };
    await sweep();
    await crash.settled();
    await sweep();
    await stack.worked();
    await stack.reconciled();
    return { crash, losses: await lossesOf(stack, all) };
  }),
);

/** Reports that the sweep and the registering functions send, and reports that are false. */
function reportsOf({ disabled, deleted, stuck, slippedIn, stays, back }: People): Report[] {
  const at = new Date().toISOString();
  const gone = ({ userId }: Person): Report => ({ kind: 'gone', userId, at });
  const fenced = ({ userId, sessions }: Person): Report => ({
    kind: 'fenced',
    userId,
    sessionId: sessions[0]?.sessionId ?? '',
  });
  return [
    ...[gone(disabled), gone(deleted), fenced(slippedIn), gone(stays), fenced(stays)],
    ...[back, disabled].map(({ userId }): Report => ({ kind: 'back', userId })),
    ...[stuck, stays].map(
      (person): Report => ({
        kind: 'stuck',
        of: 'user',
        revocationId: stuckId(person),
      }),
    ),
  ];
}

proof('if a worker crashes anywhere in a report, the queue completes the report', (tally) =>
  crashEverywhere(stacks, tally, async (stack, point) => {
    const { running } = stack;
    const all = await people(stack);
    const crash = planCrash(stack, { id: 'Worker', refused: ['Sweep'] }, point);
    const Entries = reportsOf(all).map((report, n) => ({
      Id: String(n),
      MessageBody: JSON.stringify(report),
    }));
    const QueueUrl = running.queue('ReportsQueue').url;
    await running.callAws('AmazonSQS.SendMessageBatch', { QueueUrl, Entries });
    await stack.worked(crash.isOver);
    await crash.settled();
    const lost = await Promise.all(Object.values(all).map((person) => lostAnswers(stack, person, crash)));
    if (crash.isOver()) await stack.redelivered();
    await stack.worked();
    await stack.reconciled();
    return { crash, losses: await lossesOf(stack, all, new Set(lost.flatMap((ids) => [...ids]))) };
  }),
);
