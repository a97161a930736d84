import { Argument } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts';
import { wordsOf } from '../completion/words.ts';
import { EXIT } from '../exit-codes.ts';
import type { AddCommand } from './command.ts';

/** `icr completion`: prints the completion script of a shell. */
export const addCompletion: AddCommand = (program, machine, ended) => {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'name of the shell').choices(SHELLS))
    .action((shell: Shell) => {
      machine.out.write(completionScript(shell, wordsOf(program)));
      ended(EXIT.done);
    });
};
