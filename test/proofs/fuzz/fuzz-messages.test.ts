import fc from 'fast-check';
import {
  type Origin,
  type ProcessMessageDeps,
  processMessage,
} from '../../../lambda/domain/detect/process-message.ts';
import { processReport } from '../../../lambda/domain/detect/process-report.ts';
import { DomainError } from '../../../lambda/domain/errors.ts';
import { work } from '../../../lambda/handlers/work.ts';
import type { QueueOfMessages } from '../../../lambda/shell/messages.ts';
import { fakeDenying } from '../../support/fake-deny-list.ts';
import { ampleTime, fakeQueue, fakeWorld, type World } from '../../support/fakes.ts';
import { proof } from '../../support/proof.ts';
import { ALICE, BOB, hold, someJob } from '../../support/sessions.ts';
import { storesOn } from '../../support/stores.ts';
import { startTables } from '../../support/tables.ts';
import { captureWritten } from '../../support/written.ts';
import { check, mutated } from './fuzz.ts';
import { almostAlice, bodies, NAMES, namedIn, removalsOf, removalsOfAlice } from './fuzz-messages.ts';
import { reports } from './fuzz-reports.ts';
import { spoiltJson } from './fuzz-text.ts';

captureWritten();

const userIds: Record<string, string> = NAMES;

/** All services work. ALICE and BOB are signed in, and the directory says that neither may sign in. */
async function worldOfTwo(): Promise<World> {
  const world = fakeWorld();
  const directory: World['directory'] = {
    userIdOf: async (name, signal) => userIds[name] ?? world.directory?.userIdOf(name, signal) ?? '',
    statusOf: async () => 'disabled',
    userOf: async () => ({ status: 'disabled' }),
  };
  const denying = fakeDenying();
  await hold(world, ALICE, 'alice-1');
  await hold(world, BOB, 'bob-1');
  return { ...world, directory, denying, lifting: denying };
}

/** The users whose sessions are no longer held. */
function endedIn({ cache }: World): string[] {
  return [ALICE, BOB].filter((id) => !cache.sessions.some(({ userId }) => userId === id));
}

const DONE = ['revoked', 'continued', 'fanned-out', 'lifted', 'ignored', 'nobody'];

/** The queue that a message may come from. Events come only to the queue of removals. */
const origins = fc.constantFrom<Origin>('removals', 'removals', 'bulk');

/** What happens to a message, as one word. */
async function fateOf(deps: ProcessMessageDeps, body: string): Promise<string> {
  try {
    return (await processMessage(deps, body, ampleTime(), { lastAttempt: false })).kind;
  } catch (error) {
    return error instanceof DomainError ? error.code : `defect: ${error}`;
  }
}

function requireKnownFate(fate: string): void {
  if (![...DONE, 'message-malformed'].includes(fate)) throw new Error(`It became ${fate}.`);
}

proof(
  'fuzz: each message is done, ignored or malformed, and ends only sessions of users whom it names',
  async (tally) => {
    await check(tally, 20_000, fc.tuple(origins, bodies), async ([origin, body]) => {
      const world = { ...(await worldOfTwo()), origin };
      requireKnownFate(await fateOf(world, body));
      const named = namedIn(body);
      expect(endedIn(world).filter((id) => !named.has(id))).toEqual([]);
    });
  },
);

proof(
  'fuzz: with real tables and their limits, each message is done, ignored or malformed',
  async (tally) => {
    const tables = await startTables();
    const { cache, records, denyList, close } = storesOn(tables);
    try {
      const world = await worldOfTwo();
      const denying = { ...fakeDenying(), list: denyList };
      const stores = { tokenCache: cache, records, denying };
      const clock = () => new Date();
      const deps = { ...world, ...stores, lifting: denying, clock };
      await check(tally, 2_000, fc.tuple(origins, bodies), async ([origin, body]) =>
        requireKnownFate(await fateOf({ ...deps, origin }, body)),
      );
    } finally {
      await close();
    }
  },
);

proof("fuzz: a mutated event about ALICE ends nobody else's sessions", async (tally) => {
  await check(tally, 15_000, mutated(removalsOfAlice), async (event) => {
    const world = await worldOfTwo();
    requireKnownFate(await fateOf(world, JSON.stringify(event)));
    expect(endedIn(world)).not.toContain(BOB);
  });
});

proof(
  'fuzz: an event that names ALICE ends her sessions, and one that almost names her ends none',
  async (tally) => {
    for (const event of removalsOf(ALICE.toUpperCase(), 'alice@example.com')) {
      const world = await worldOfTwo();
      tally.tried += 1;
      expect(await fateOf(world, JSON.stringify(event))).toBe('revoked');
      expect(endedIn(world)).toEqual([ALICE]);
    }
    const events = almostAlice.chain((almost) =>
      fc.constantFrom(...removalsOf(almost, `alice@example.com ${almost}`)),
    );
    await check(tally, 10_000, events, async (event) => {
      const world = await worldOfTwo();
      requireKnownFate(await fateOf(world, JSON.stringify(event)));
      expect(endedIn(world)).toEqual([]);
    });
  },
);

proof(
  'fuzz: each report is confirmed, ignored or malformed, and looks up only users whom it names',
  async (tally) => {
    const some = fc.oneof(
      { weight: 3, arbitrary: spoiltJson(mutated(reports)) },
      { weight: 1, arbitrary: bodies },
    );
    await check(tally, 5_000, some, async (body) => {
      const world = await worldOfTwo();
      const [removals, bulk] = [fakeQueue(), fakeQueue()];
      const report = processReport({ ...world, queues: { removals, bulk } }, body, ampleTime());
      const fate = await report.then(
        ({ kind }) => kind,
        (error) => (error instanceof DomainError ? error.code : `defect: ${error}`),
      );
      if (!['confirmed', 'ignored', 'message-malformed'].includes(fate))
        throw new Error(`It became ${fate}.`);
      const named = namedIn(body);
      const asked = removals.jobs.map((job) => ('userId' in job ? job.userId : 'everyone'));
      expect([...asked.filter((userId) => !named.has(userId)), ...bulk.jobs]).toEqual([]);
      expect(asked).toHaveLength(Number(fate === 'confirmed'));
      // The report itself ends no session.
      expect(endedIn(world)).toEqual([]);
    });
  },
);

proof('fuzz: in a batch, malformed messages are returned at once and all others are done', async (tally) => {
  const all = fc.tuple(origins, fc.array(bodies, { minLength: 1, maxLength: 9 }));
  await check(tally, 1_000, all, async ([origin, batch]) => {
    const delays = new Map<string, number>();
    const redelivery = { after: async (handle: string, seconds: number) => void delays.set(handle, seconds) };
    const neighbour = neighbours[origin];
    const messages = [...batch, neighbour];
    const Records = messages.map((body, n) => ({
      messageId: String(n),
      receiptHandle: String(n),
      body,
      attributes: { ApproximateReceiveCount: '1' },
      eventSourceARN: `arn:aws:sqs:eu-west-1:111122223333:${origin}`,
    }));
    const world = { ...(await worldOfTwo()), origin };
    const queue: QueueOfMessages = {
      redelivery,
      process: (body, deadline, attempt) => processMessage(world, body, deadline, attempt),
    };
    const run = work({ queues: { [origin]: queue }, maxReceiveCount: 12 });
    const failedOf = async (records: typeof Records) => {
      // The parts of an event that the worker reads.
      const { batchItemFailures } = await run({ Records: records } as never, ampleTime());
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    };
    const failed = await failedOf(Records);
    const other = { ...(await worldOfTwo()), origin };
    const fates = await Promise.all(messages.map((body) => fateOf(other, body)));
    const malformed = [...fates.keys()].filter((n) => fates[n] === 'message-malformed').map(String);
    // Of several messages about one user, all but one wait for their turn.
    let waiting = failed.filter((handle) => !malformed.includes(handle));
    const comesBack = (handle: string) => [handle, waiting.includes(handle) ? 5 : 0];
    expect([...delays].sort()).toEqual([...malformed, ...waiting].sort().map(comesBack));
    for (let turn = 0; turn < batch.length && waiting.length > 0; turn += 1)
      waiting = await failedOf(Records.filter(({ messageId }) => waiting.includes(messageId)));
    expect(waiting).toEqual([]);
    expect(endedIn(world)).toContain(ALICE);
  });
});

/** An event or a job that ends ALICE's sessions, for each queue. */
const neighbours: Record<Origin, string> = {
  removals: JSON.stringify(removalsOf(ALICE, 'alice@example.com')[0]),
  bulk: JSON.stringify(someJob({ everyoneId: `everyone.${'e'.repeat(43)}` })),
};
