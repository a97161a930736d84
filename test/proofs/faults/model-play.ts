import fc from 'fast-check';
import { createModel, MINUTE, type Model } from './model.ts';
import { keptOut, unfinished, wronglyDenied } from './model-agreement.ts';
import { agree, PEOPLE, quiet, type Real } from './model-commands.ts';
import { commands } from './model-stories.ts';
import { startSystem } from './system.ts';
import { pass } from './system-quiet.ts';
import type { Surroundings } from './system-surroundings.ts';

const START = new Date('2026-01-01T00:00:00Z');

type Story = Iterable<fc.AsyncCommand<Model, Real>>;

/** @param replayPath - of an earlier story */
export function stories(replayPath?: string): fc.Arbitrary<Story> {
  return fc.commands(commands(START.getTime()), {
    maxCommands: 40,
    size: 'max',
    ...(replayPath !== undefined && { replayPath }),
  });
}

/** Plays the story with system and model, and compares them. @returns how many commands ran */
export async function play(surroundings: Surroundings, story: Story): Promise<number> {
  jest.setSystemTime(START);
  const system = await startSystem(surroundings, 1);
  system.calm();
  const userIds = PEOPLE.map((userName) => system.emulators.users.create({ userName }).userId);
  const { rows } = surroundings;
  const real: Real = { system, rows, userIds, done: [], events: 0, keys: new Map(), abandonedAt: 0 };
  const model = createModel();
  try {
    await fc.asyncModelRun(() => ({ model, real }), story);
    await quiet(model, real);
    pass(31 * MINUTE);
    const sweptAt = Date.now();
    await system.sweep();
    await quiet(model, real);
    await system.reconcile();
    const last = await rows();
    agree([
      ...wronglyDenied(model, system),
      ...unfinished(model, system, last),
      ...keptOut(model, system, last, sweptAt),
    ]);
    return [...story].length;
  } finally {
    await system.close();
    await surroundings.clear();
  }
}
