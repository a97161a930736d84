import fc from 'fast-check';
import { proof } from '../../support/proof.ts';
import { pass } from './fault-story.ts';
import { createModel } from './model.ts';
import { unfinished, wronglyDenied } from './model-agreement.ts';
import { agree, quiet, type Real } from './model-commands.ts';
import { commands } from './model-stories.ts';
import { startSystem } from './system.ts';
import { type Surroundings, startSurroundings } from './system-surroundings.ts';

const START = new Date('2026-01-01T00:00:00Z');
const RUNS = Number(process.env.RUNS ?? 200);

let surroundings: Surroundings;

beforeAll(async () => {
  surroundings = await startSurroundings();
}, 30_000);
afterAll(() => surroundings.close());

type Commands = Iterable<fc.AsyncCommand<ReturnType<typeof createModel>, Real>>;

/** @returns how many commands were run */
async function play(story: Commands): Promise<number> {
  jest.setSystemTime(START);
  const system = await startSystem(surroundings, 1);
  system.calm();
  const userIds = ['ann', 'ben'].map((userName) => system.emulators.users.create({ userName }).userId);
  const real: Real = { system, rows: surroundings.rows, userIds, done: [], events: 0 };
  const model = createModel();
  try {
    await fc.asyncModelRun(() => ({ model, real }), story);
    await quiet(model, real);
    pass(31 * 60_000);
    await system.sweep();
    await quiet(model, real);
    await system.reconcile();
    agree([...wronglyDenied(model, system), ...unfinished(model, system, await surroundings.rows())]);
    return [...story].length;
  } finally {
    await system.close();
    await surroundings.clear();
  }
}

proof('model: in any order, with crashes, the system agrees with a model of it', async (tally) => {
  const { SEED, RUN, COMMANDS } = process.env;
  const replay = {
    ...(RUN !== undefined && { path: RUN }),
    ...(SEED !== undefined && { seed: Number(SEED) }),
  };
  const stories = fc.commands(commands(START.getTime()), {
    maxCommands: 40,
    size: 'max',
    ...(COMMANDS !== undefined && { replayPath: COMMANDS }),
  });
  const property = fc.asyncProperty(stories, async (story) => {
    tally.tried += await play(story);
  });
  const run = await fc.check(property, { seed: 20_261_122, ...replay, numRuns: RUNS });
  if (!run.failed) return;
  tally.lost += 1;
  const [story] = run.counterexample ?? [];
  const again = `SEED=${run.seed} RUN=${run.counterexamplePath} COMMANDS='${String(story).match(/replayPath="(.*)"/)?.[1]}'`;
  throw new Error(`${again} npm run prove -- test/proofs/faults/model\n${story}\n${run.errorInstance}`);
});
