import { type Command, InvalidArgumentError } from 'commander';
import type { CommonOptions } from '../connection.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Machine } from '../machine.ts';

/** Adds a command to the program. The command's action calls `ended` with the exit code. */
export type AddCommand = (program: Command, machine: Machine, ended: (code: ExitCode) => void) => void;

/** Returns the options of a command, including the options that all commands have. */
export function optionsOf<More>(command: Command): CommonOptions & More {
  return command.optsWithGlobals<CommonOptions & More>();
}

/** Parses an option that must be a positive number, such as seconds, for commander. @throws InvalidArgumentError */
export function positive(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
}
