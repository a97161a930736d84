import fc from 'fast-check';
import type { ProcessMessageDeps } from '../../../lambda/domain/detect/process-message.ts';
import { processMessage } from '../../../lambda/domain/detect/process-message.ts';
import { DomainError } from '../../../lambda/domain/errors.ts';
import { work } from '../../../lambda/handlers/work.ts';
import { fakeDenying } from '../../support/fake-deny-list.ts';
import { ampleTime, fakeWorld, type World } from '../../support/fakes.ts';
import { proof } from '../../support/proof.ts';
import { ALICE, BOB, hold } from '../../support/sessions.ts';
import { storesOn } from '../../support/stores.ts';
import { startTables } from '../../support/tables.ts';
import { captureWritten } from '../../support/written.ts';
import { check, mutated } from './fuzz.ts';
import { almostAlice, bodies, NAMES, namedIn, removalsOf, removalsOfAlice } from './fuzz-messages.ts';

captureWritten();

const userIds: Record<string, string> = NAMES;

/** Everything is well; the two are signed in and may not be. */
async function worldOfTwo(): Promise<World> {
  const world = fakeWorld();
  const directory: World['directory'] = {
    userIdOf: async (name, signal) => userIds[name] ?? world.directory?.userIdOf(name, signal) ?? '',
    statusOf: async () => 'disabled',
  };
  const denying = fakeDenying();
  await hold(world, ALICE, 'alice-1');
  await hold(world, BOB, 'bob-1');
  return { ...world, directory, denying, lifting: denying };
}

/** Whose sessions are not held any more. */
function endedIn({ cache }: World): string[] {
  return [ALICE, BOB].filter((id) => !cache.sessions.some(({ userId }) => userId === id));
}

const DONE = ['revoked', 'continued', 'fanned-out', 'lifted', 'ignored'];

/** What becomes of a message, as one word. */
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
  'fuzz: messages are done, ignored or malformed, and end nobody whom they do not name',
  async (tally) => {
    await check(tally, 20_000, bodies, async (body) => {
      const world = await worldOfTwo();
      requireKnownFate(await fateOf(world, body));
      const named = namedIn(body);
      expect(endedIn(world).filter((id) => !named.has(id))).toEqual([]);
    });
  },
);

proof('fuzz: messages, and tables that have limits', async (tally) => {
  const tables = await startTables();
  const { cache, records, denyList, close } = storesOn(tables);
  try {
    const world = await worldOfTwo();
    const denying = { ...fakeDenying(), list: denyList };
    const stores = { tokenCache: cache, records, denying };
    const clock = () => new Date();
    const deps = { ...world, ...stores, lifting: denying, clock };
    await check(tally, 2_000, bodies, async (body) => requireKnownFate(await fateOf(deps, body)));
  } finally {
    await close();
  }
});

proof('fuzz: an event about ALICE ends nobody else, whatever becomes of its parts', async (tally) => {
  await check(tally, 15_000, mutated(removalsOfAlice), async (event) => {
    const world = await worldOfTwo();
    requireKnownFate(await fateOf(world, JSON.stringify(event)));
    expect(endedIn(world)).not.toContain(BOB);
  });
});

proof(
  'fuzz: an event that names ALICE ends her sessions, one that almost names her ends none',
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

proof('fuzz: of a batch, what is malformed comes back at once and the rest is done', async (tally) => {
  await check(tally, 1_000, fc.array(bodies, { minLength: 1, maxLength: 9 }), async (batch) => {
    const delays = new Map<string, number>();
    const redelivery = { after: async (handle: string, seconds: number) => void delays.set(handle, seconds) };
    const neighbour = JSON.stringify(removalsOf(ALICE, 'alice@example.com')[0]);
    const all = [...batch, neighbour];
    const Records = all.map((body, n) => ({
      messageId: String(n),
      receiptHandle: String(n),
      body,
      attributes: { ApproximateReceiveCount: '1' },
    }));
    const world = await worldOfTwo();
    const run = work({ ...world, redelivery, maxReceiveCount: 12 });
    // As much of an event as the worker reads.
    const { batchItemFailures } = await run({ Records } as never, ampleTime());
    const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    const other = await worldOfTwo();
    const fates = await Promise.all(all.map((body) => fateOf(other, body)));
    const malformed = [...fates.keys()].filter((n) => fates[n] === 'message-malformed').map(String);
    expect(failed).toEqual(malformed);
    expect([...delays].sort()).toEqual(malformed.map((handle) => [handle, 0]));
    expect(endedIn(world)).toContain(ALICE);
  });
});
