import { Secret } from '../../lambda/domain/secret.ts';
import { sessionIdOf } from '../../lambda/domain/session.ts';
import { MAX_HOPS } from '../../local/ground/lineage.ts';
import { proof } from '../support/proof.ts';
import { ALICE, someJob, someTokens } from '../support/sessions.ts';
import { startVirtualWorker, type VirtualWorkerOptions } from '../support/virtual-worker.ts';
import { captureWritten } from '../support/written.ts';

captureWritten();

const SESSIONS = 10_000;
const job = someJob();

let worker: ReturnType<typeof startVirtualWorker> | undefined;
afterEach(() => worker?.close());

/** A worker whose queue has the job of one user with so many sessions. */
function start(sessions: number, options: VirtualWorkerOptions) {
  const started = startVirtualWorker(options);
  const expiresAt = new Date('2027-01-01T00:00:00Z');
  for (const token of someTokens(sessions)) {
    started.world.cache.sessions.push({
      userId: ALICE,
      sessionId: sessionIdOf(new Secret(token)),
      refreshable: false,
      confirmed: true,
      registeredAt: new Date(0),
      accessTokenExpiresAt: expiresAt,
      expiresAt,
      sealed: { ciphertext: new Uint8Array(), dataKey: new Uint8Array() },
    });
  }
  started.removals.send(JSON.stringify(job));
  worker = started;
  return started;
}

const counted = async ({ world }: ReturnType<typeof start>) =>
  (await world.records.read(job.revocationId, new AbortController().signal)).header?.completion?.sessions;

const withoutLoop = ({ RecursiveLoop: _, ...properties }: Record<string, unknown>) => properties;

proof('10,000 sessions of one user at 1 Logout a second: no hop of the chain is refused', async (tally) => {
  const chain = start(SESSIONS, { logoutsPerSecond: 1 });
  await chain.until(() => chain.world.cache.sessions.length === 0, 15_000);
  await chain.until(() => Object.values(chain.removals.counts()).every((count) => count === 0), 60);
  tally.tried = chain.invocations.length;
  tally.lost = chain.lines.length + chain.deadLetters.counts().visible;
  expect(await counted(chain)).toMatchObject({ found: SESSIONS, loggedOut: SESSIONS });
  // An invocation has 50 to 54 seconds for Logouts, so it ends as many sessions.
  expect(chain.invocations.length).toBeGreaterThanOrEqual(SESSIONS / 54);
  expect(chain.invocations.length).toBeLessThanOrEqual(SESSIONS / 49);
  expect(chain.invocations.map(({ hops }) => hops)).toEqual(chain.invocations.map((_, index) => index + 1));
  // Each invocation makes progress. The last one may only have to write the completion.
  expect(chain.invocations.slice(0, -1).filter(({ ended }) => ended === 0)).toEqual([]);
});

proof('10,000 sessions of one user at 20 Logouts a second: no hop of the chain is refused', async (tally) => {
  const chain = start(SESSIONS, { logoutsPerSecond: 20 });
  await chain.until(() => chain.world.cache.sessions.length === 0, 1_000);
  await chain.until(() => Object.values(chain.removals.counts()).every((count) => count === 0), 60);
  tally.tried = chain.invocations.length;
  tally.lost = chain.lines.length + chain.deadLetters.counts().visible;
  expect(await counted(chain)).toMatchObject({ found: SESSIONS, loggedOut: SESSIONS });
  expect(chain.invocations.length).toBeGreaterThanOrEqual(SESSIONS / 20 / 54);
  expect(chain.invocations.length).toBeLessThanOrEqual(SESSIONS / 20 / 45);
});

test('without RecursiveLoop on the worker, the same chain is refused after 16 hops', async () => {
  const chain = start(SESSIONS, { logoutsPerSecond: 1, changeWorker: withoutLoop });
  await chain.until(() => chain.lines.length > 0, 2_000);
  expect(chain.lines[0]).toContain('stopped in a loop: RecursiveInvocationException');
  expect(chain.invocations).toHaveLength(MAX_HOPS);
  expect(chain.world.cache.sessions.length).toBeGreaterThan(SESSIONS - MAX_HOPS * 60);
}, 60_000);

test('a chain that makes no progress stops: its message returns after the visibility timeout, and becomes a dead letter', async () => {
  const chain = start(100, { logoutsPerSecond: 20, portalAnswers: false });
  await chain.until(() => chain.deadLetters.counts().visible === 1, 8_000);
  expect(chain.invocations).toHaveLength(12);
  expect(chain.invocations).toEqual(chain.invocations.map(() => ({ hops: 1, ended: 0 })));
  expect(chain.world.cache.sessions).toHaveLength(100);
}, 60_000);
