import fc from 'fast-check';
import { proof } from '../../support/proof.ts';
import { play, stories } from './model-play.ts';
import { type Surroundings, startSurroundings } from './system-surroundings.ts';

const RUNS = Number(process.env.RUNS ?? 200);

let surroundings: Surroundings;

beforeAll(async () => {
  surroundings = await startSurroundings();
}, 30_000);
afterAll(() => surroundings.close());

proof('model: with any order and any crashes, the system agrees with its model', async (tally) => {
  const { SEED, RUN, COMMANDS } = process.env;
  const replay = {
    ...(RUN !== undefined && { path: RUN }),
    ...(SEED !== undefined && { seed: Number(SEED) }),
  };
  const property = fc.asyncProperty(stories(COMMANDS), async (story) => {
    tally.tried += await play(surroundings, story);
  });
  const run = await fc.check(property, { seed: 20_261_122, ...replay, numRuns: RUNS });
  if (!run.failed) return;
  tally.lost += 1;
  const [story] = run.counterexample ?? [];
  const again = `SEED=${run.seed} RUN=${run.counterexamplePath} COMMANDS='${String(story).match(/replayPath="(.*)"/)?.[1]}'`;
  throw new Error(`${again} npm run prove -- test/proofs/faults/model\n${story}\n${run.errorInstance}`);
});
