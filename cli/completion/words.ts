import type { Command } from 'commander';

/** What can be typed after a command. The program itself has the name ''. */
export interface Words {
  readonly command: string;
  readonly description: string;
  readonly options: readonly string[];
}

/** Reads the words from the program, so that completion knows exactly what the command line accepts. */
export function wordsOf(program: Command): Words[] {
  const global = program.options.flatMap(({ long }) => long ?? []);
  const commands = program.commands.map((command) => ({
    command: command.name(),
    description: command.description(),
    options: [...command.options.flatMap(({ long }) => long ?? []), ...global, '--help'],
  }));
  return [{ command: '', description: program.description(), options: [...global, '--help'] }, ...commands];
}
