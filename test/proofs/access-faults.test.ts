import { proof } from '../support/proof.ts';
import { longDenials, notRestored, removalsOf, untrueAccess } from './faults/access-claims.ts';
import { newCompany } from './faults/access-people.ts';
import { tellOfAccess } from './faults/access-story.ts';
import { badWeather } from './faults/fault-story.ts';
import { numbersFrom } from './faults/seeded.ts';
import { startSystem } from './faults/system.ts';
import { type Surroundings, startSurroundings, takeAccessAway } from './faults/system-surroundings.ts';

const SEEDS = Number(process.env.SEEDS ?? 50);
const STEPS = 45;

let surroundings: Surroundings;

beforeAll(async () => {
  surroundings = await startSurroundings();
  takeAccessAway();
}, 30_000);
afterAll(() => surroundings.close());

interface Told {
  lost: string[];
  faults: number;
  /** The status of each removal of access. */
  statuses: string[];
}

/** Plays one story under faults, ends all faults, and restores everybody's access. */
async function tell(seed: number): Promise<Told> {
  jest.setSystemTime(new Date('2026-01-01T00:00:00Z'));
  const system = await startSystem(surroundings, seed);
  try {
    const numbers = numbersFrom(seed);
    const company = newCompany(system.emulators, numbers);
    const story = tellOfAccess(system, company, numbers);
    const others = company.others();
    const { people } = company;
    const lost = story.broken;
    const recorded = () => Promise.all(people.map((person) => removalsOf(surroundings, person)));
    system.weather = badWeather(seed, 0.05 + 0.25 * numbers.unit(), system);
    for (let step = 0; step < STEPS; step += 1) {
      await story.step();
      if (company.others().join() !== others.join())
        lost.push(`step ${step}: others have lost or got something`);
    }
    const faults = system.called.filter(({ fate }) => fate !== 'pass').length;
    await story.calmDown();
    const atRest = await recorded();
    for (const [n, person] of people.entries()) {
      lost.push(...untrueAccess(company, person, atRest[n] ?? []));
      lost.push(...(await longDenials(surroundings, person, atRest[n] ?? [])));
    }
    await story.restoreAll();
    const restored = await recorded();
    for (const [n, person] of people.entries())
      if (!person.isDeleted) lost.push(...notRestored(company, person, restored[n] ?? []));
    if (company.others().join() !== others.join()) lost.push('others have lost or got something');
    if (/"defect"/.test(surroundings.logged())) lost.push('a defect was logged');
    return { lost, faults, statuses: atRest.flat().map(({ header }) => header?.access?.status ?? 'none') };
  } finally {
    await system.close();
    await surroundings.clear();
  }
}

proof(
  'under faults everywhere, removed access is all on record and restored exactly, and nobody else loses any',
  async (tally) => {
    const { SEED } = process.env;
    const seeds = SEED === undefined ? Array.from({ length: SEEDS }, (_, n) => n + 1) : [Number(SEED)];
    const failed: string[] = [];
    const statuses: string[] = [];
    let faults = 0;
    for (const seed of seeds) {
      const told = await tell(seed);
      tally.tried += 1;
      tally.lost += told.lost.length;
      faults += told.faults;
      statuses.push(...told.statuses);
      if (told.lost.length > 0)
        failed.push(
          `SEED=${seed} npm run prove -- test/proofs/access-faults\n  ${told.lost.slice(0, 10).join('\n  ')}`,
        );
    }
    const counts = [...Map.groupBy(statuses, String)].map(([status, { length }]) => `${length} ${status}`);
    process.stderr.write(`${seeds.length} seeds, ${faults} faults; removals: ${counts.join(', ')}\n`);
    if (failed.length > 0) throw new Error(failed.slice(0, 10).join('\n'));
    // Without this, a story in which nothing happens would pass.
    if (SEED === undefined)
      for (const status of ['COMPLETED', 'INCOMPLETE', 'STOPPED', 'RESTORED'])
        expect(statuses).toContain(status);
  },
  10,
);
