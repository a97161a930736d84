import { proof, type Tally } from '../../support/proof.ts';
import { secretFinder } from '../../support/secrets.ts';
import { badWeather, tellStory } from './fault-story.ts';
import { numbersFrom } from './seeded.ts';
import { startSystem } from './system.ts';
import {
  headless,
  hiddenSuccesses,
  leftOvers,
  lostSessions,
  type Rows,
  untrueRecords,
  wrongCounts,
} from './system-claims.ts';
import { disagreements } from './system-denials.ts';
import { isAlive } from './system-people.ts';
import { untilQuiet } from './system-quiet.ts';
import { type Surroundings, startSurroundings } from './system-surroundings.ts';

const SEEDS = Number(process.env.SEEDS ?? 200);
const STEPS = 24;

let surroundings: Surroundings;

beforeAll(async () => {
  surroundings = await startSurroundings();
}, 30_000);
afterAll(() => surroundings.close());

interface Told {
  lost: string[];
  leaked: string[];
  /** Unordered: parallel calls arrive in any order. */
  calls: string[];
  faults: number;
}

/** Plays one story under faults, and then ends all faults. */
async function tell(seed: number): Promise<Told> {
  jest.setSystemTime(new Date('2026-01-01T00:00:00Z'));
  const system = await startSystem(surroundings, seed);
  try {
    const story = tellStory(system, surroundings, seed);
    const { sessions, broken: lost } = story;
    system.weather = badWeather(seed, 0.1 + 0.3 * numbersFrom(seed).unit(), system);
    for (let step = 0; step < STEPS; step += 1) {
      await story.step();
      const rows = await surroundings.rows();
      const broken = [...untrueRecords(system, sessions, rows), ...lostSessions(sessions, rows)];
      lost.push(...broken.map((claim) => `step ${step}: ${claim}`));
      if (broken.length > 0) break;
    }
    const faults = system.called.filter(({ fate }) => fate !== 'pass').length;
    await story.calmDown();
    const rows = await surroundings.rows();
    const held = sessions.filter((session) => session.acceptedAt && isAlive(system, session));
    lost.push(
      ...untrueRecords(system, sessions, rows),
      ...lostSessions(sessions, rows),
      ...hiddenSuccesses(system, sessions, rows),
      ...wrongCounts(rows),
      ...givenUp(rows),
      ...headless(rows),
      ...disagreements(system, rows),
      ...brokenPromises(story.promised, rows),
    );
    await system.ask('everyone', { body: { reason: 'the end' } });
    await untilQuiet(system, lost);
    const last = await surroundings.rows();
    lost.push(...leftOvers(last, []));
    lost.push(
      ...held.filter((session) => isAlive(system, session)).map(({ sessionId }) => `${sessionId} lives`),
    );
    if (/"defect"/.test(surroundings.logged())) lost.push('a defect was logged');
    const calls = system.called.map(({ operation, about, fate }) => `${operation} ${about} ${fate}`);
    return { lost, leaked: leaks(sessions, last), calls: calls.toSorted(), faults };
  } finally {
    await system.close();
    await surroundings.clear();
  }
}

function brokenPromises(promised: Set<string>, { records }: Rows): string[] {
  return [...promised].flatMap((id) => {
    const header = records.find(({ revocationId, entry }) => revocationId === id && entry === 'REVOCATION');
    return header?.completedAt ? [] : [`${id} was promised and is not completed`];
  });
}

/** All callers send true data and repeat everything, so no session may be given up. */
function givenUp({ records }: Rows): string[] {
  const failed = records.filter(({ outcome }) => outcome === 'FAILED');
  return failed.map(({ sessionId, error }) => `${sessionId} is given up: ${error}`);
}

function leaks(
  sessions: { file: { accessToken: string; refreshToken: string; clientSecret: string } }[],
  rows: Rows,
) {
  const secrets = sessions.flatMap(({ file }) => [file.accessToken, file.refreshToken, file.clientSecret]);
  const readable = (_key: string, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
  return secretFinder(secrets).find(surroundings.logged() + JSON.stringify(rows, readable));
}

function count(tally: Tally, told: Told): void {
  tally.tried += 1;
  tally.lost += told.lost.length;
  tally.leaked += told.leaked.length;
}

proof(
  'under faults in portal, token service, tables, keys, queues, identity store and organization, nothing is lost',
  async (tally) => {
    const { SEED } = process.env;
    const seeds = SEED === undefined ? Array.from({ length: SEEDS }, (_, n) => n + 1) : [Number(SEED)];
    const failed: string[] = [];
    let faults = 0;
    for (const seed of seeds) {
      const told = await tell(seed);
      count(tally, told);
      faults += told.faults;
      const claims = [...told.lost, ...told.leaked];
      if (claims.length > 0)
        failed.push(`SEED=${seed} npm run prove -- test/proofs/faults/faults\n  ${claims.join('\n  ')}`);
    }
    process.stderr.write(`${seeds.length} seeds, ${faults} faults\n`);
    if (failed.length > 0) throw new Error(failed.slice(0, 10).join('\n'));
  },
  20,
);

/** If the computer stalls longer than the short timeouts, that is another fault, but hardly twice the same. */
const TELLINGS = 6;

proof('the same seed gives the same run', async (tally) => {
  for (const seed of [1, 2, 3]) {
    const told: string[] = [];
    while (new Set(told).size === told.length && told.length < TELLINGS)
      told.push((await tell(seed)).calls.join('\n'));
    tally.tried += 1;
    tally.lost += Number(new Set(told).size === told.length);
  }
});
