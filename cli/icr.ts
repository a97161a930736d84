import { Command, CommanderError } from 'commander';
import { type AddCommand, positive } from './commands/command.ts';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEveryone } from './commands/everyone.ts';
import { addLift } from './commands/lift.ts';
import { addLogin, addRegister } from './commands/register.ts';
import { addReport } from './commands/report.ts';
import { addRestore } from './commands/restore.ts';
import { addRevoke } from './commands/revoke.ts';
import { addSessions } from './commands/sessions.ts';
import { addShow } from './commands/show.ts';
import { addUser } from './commands/user.ts';
import { addWatch } from './commands/watch.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Failure, nameOf } from './failure.ts';
import type { Machine } from './machine.ts';
import { say } from './output/show.ts';
import { VERSION } from './version.ts';

const COMMANDS: readonly AddCommand[] = [
  addLogin,
  addRegister,
  addWatch,
  addRevoke,
  addEveryone,
  addShow,
  addReport,
  addSessions,
  addUser,
  addLift,
  addRestore,
  addDoctor,
  addCompletion,
];

/** Creates the command line for commander. Completion and documentation are generated from it. */
export function createProgram(machine: Machine, ended: (code: ExitCode) => void): Command {
  const program = new Command('icr')
    .description('End IAM Identity Center sessions, and see what still lives.')
    .version(VERSION)
    .option('--api <url>', 'address of the API (default: REVOCATION_API)')
    .option('--stack <name>', 'take the address from the outputs of this CloudFormation stack')
    .option('--region <region>', 'Region of the API, if its address does not contain it')
    .option('--profile <name>', 'AWS profile to sign requests with')
    .option('--identity-store <id>', 'where user names are looked up (default: Identity Center is asked)')
    .option('--timeout <seconds>', 'wait at most this long for one answer', positive)
    .option('--json', 'answer with JSON on standard output')
    .configureOutput({
      writeOut: (text) => machine.out.write(text),
      writeErr: (text) => machine.err.write(text),
    })
    .showHelpAfterError('Try --help.')
    .exitOverride();
  for (const add of COMMANDS) add(program, machine, ended);
  return program;
}

/** Runs one command line. @returns the exit code of the process */
export async function icr(args: readonly string[], machine: Machine): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = createProgram(machine, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // commander also throws for --help and --version, with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof Failure) {
      say(machine, error.message);
      return error.exit;
    }
    // Only the error's name is shown: the text of a library's error can quote its input, such as a token.
    say(machine, `A defect of icr (${nameOf(error)}): please report it with the command that you gave.`);
    return EXIT.defect;
  }
}
