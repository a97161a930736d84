import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, usage } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { exitOf, revocationLines } from '../output/revocation-text.ts';
import { show } from '../output/show.ts';
import { untilOver } from '../wait.ts';
import { type AddCommand, optionsOf, positive } from './command.ts';

interface EveryoneOptions {
  readonly reason: string;
  readonly except?: readonly string[];
  readonly yes?: boolean;
  readonly wait: boolean;
  readonly maxWait: number;
}

/** `icr everyone`: the red button. */
export const addEveryone: AddCommand = (program, machine, ended) => {
  program
    .command('everyone')
    .description('end every session that is held of anybody: the red button')
    .requiredOption('--reason <text>', 'the reason, which is recorded')
    .option('--except <user-ids...>', 'users to leave out, in addition to the break-glass users of the stack')
    .option('--yes', 'do not ask for confirmation')
    .option('--no-wait', 'do not wait until it is completed')
    .option('--max-wait <seconds>', 'wait at most this long', positive, 3600)
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<EveryoneOptions>(command);
      const { calls, address } = await connect(machine, options);
      if (!options.yes) await confirmed(machine, new URL(address.url).host);
      const begun = await calls.revokeEveryone(options.reason, options.except ?? []);
      const revocation = options.wait ? await untilOver(machine, calls, begun, options.maxWait) : begun;
      show(machine, options.json, revocation, revocationLines(revocation));
      ended(exitOf(revocation));
    });
};

/** Asks for a word that nobody types by mistake. @throws Failure if it is not typed */
async function confirmed(machine: Machine, host: string): Promise<void> {
  const question = `This signs out everyone who is registered at ${host}, and denies their role sessions if the stack has a deny list. Type everyone to go on: `;
  const answer = await machine.ask(question);
  if (answer === undefined) throw usage('There is no terminal to ask you: give --yes if you mean it.');
  if (answer.trim() !== 'everyone') throw new Failure(EXIT.usage, 'Nothing was done.');
}
