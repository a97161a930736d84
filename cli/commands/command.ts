import { type Command, InvalidArgumentError } from 'commander';
import type { CommonOptions } from '../connection.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Machine } from '../machine.ts';

/** Adds itself to the program. What its action returns is the exit code. */
export type AddCommand = (program: Command, machine: Machine, ended: (code: ExitCode) => void) => void;

/** The options of a command, with those that all have. */
export function optionsOf<More>(command: Command): CommonOptions & More {
  return command.optsWithGlobals<CommonOptions & More>();
}

/** For commander: a number of seconds, or so. @throws InvalidArgumentError */
export function positive(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
}
