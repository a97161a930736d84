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

/** Everybody about whom there is something to report, and one about whom there is nothing. */
interface People {
  disabled: Person;
  deleted: Person;
  /** The message of whose revocation was lost. */
  stuck: Person;
  /** Denied and refused as somebody who was deleted, and enabled again. */
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
    // Signed in, and could not be registered.
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

/** The note of a revocation that was begun longer ago than one is under way, and less than the company's word stands. */
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

/** What was lost of them in the end. @param lost - sessions of which a crash has swallowed the portal's answer */
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

/** Whoever is back is neither refused nor denied, and the record says so. */
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

/** Whoever raised the fence denies role sessions; to end what slipped in denies none. */
function lossesOfSlippedIn({ denial, ...aftermath }: Aftermath): string[] {
  return [...losses(aftermath), ...(denial?.isOnTheList ? ['whoever slipped in is denied'] : [])];
}

proof('A crash anywhere in a sweep, and the next sweep: whoever has left is revoked', (tally) =>
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

/** What the sweep and the functions that register report, and reports of what is not so. */
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

proof("A worker's crash anywhere in looking at reports: the queue brings it to its end", (tally) =>
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
