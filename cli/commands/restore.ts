import type { Command } from 'commander';
import type { Calls } from '../api/calls.ts';
import type { Revocation } from '../api/wire.ts';
import { connect } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { createBar } from '../output/bar.ts';
import { revocationLines } from '../output/revocation-text.ts';
import { show } from '../output/show.ts';
import { type AddCommand, optionsOf, positive } from './command.ts';

/** `icr restore`: gives back what a removal took away. */
export const addRestore: AddCommand = (program, machine, ended) => {
  program
    .command('restore')
    .description('give back the access that a removal took away')
    .argument('<id>', 'revocation id of the removal')
    .option('--max-wait <seconds>', 'wait at most this long', positive, 3600)
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<{ maxWait: number }>(command);
      const { calls } = await connect(machine, options);
      const revocation = await restored(machine, calls, id, options.maxWait);
      show(machine, options.json, revocation, revocationLines(revocation));
      ended(revocation.access?.status === 'RESTORED' ? EXIT.done : EXIT.inProgress);
    });
};

/** Repeats the request, each time after the delay that the API names, until everything is given back or the time is over. */
async function restored(
  machine: Machine,
  calls: Calls,
  id: string,
  maxWaitSeconds: number,
): Promise<Revocation> {
  const deadline = machine.now() + maxWaitSeconds * 1000;
  const bar = createBar(machine.err);
  let last: Revocation | undefined;
  try {
    for (;;) {
      const { revocation = last, again } = await asked(calls, id);
      last = revocation;
      if (again === undefined && revocation) return revocation;
      const millis = (again ?? 5) * 1000;
      if (machine.now() + millis > deadline) return revocation ?? late(id);
      bar.show(0, `Giving access back: again in ${millis / 1000} s`);
      await machine.sleep(millis, machine.signal);
      if (machine.signal.aborted)
        throw new Failure(EXIT.interrupted, `Interrupted: \`icr restore ${id}\` goes on where it stopped.`);
    }
  } finally {
    bar.clear();
  }
}

/** While something else is changing access under this revocation, the API names a delay for the next request. */
async function asked(
  calls: Calls,
  id: string,
): Promise<{ revocation?: Revocation; again: number | undefined }> {
  try {
    return await calls.restore(id);
  } catch (error) {
    if (error instanceof Failure && error.code === 'access-busy') return { again: error.retryAfter ?? 5 };
    throw error;
  }
}

function late(id: string): never {
  throw new Failure(EXIT.inProgress, `Not done in time: \`icr restore ${id}\` goes on where it stopped.`);
}
