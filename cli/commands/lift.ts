import type { Command } from 'commander';
import type { Lifted } from '../api/wire.ts';
import { connect } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../failure.ts';
import { show } from '../output/show.ts';
import { type AddCommand, optionsOf } from './command.ts';

/** `icr lift`: ends the denials of a user, or those of red buttons. */
export const addLift: AddCommand = (program, machine, ended) => {
  program
    .command('lift')
    .description('lift what denies the role sessions of a user, and let them register again')
    .argument('[user]', 'user id or user name')
    .option('--everyone', 'lift the denials of red buttons instead')
    .action(async (user: string | undefined, _: unknown, command: Command) => {
      const options = optionsOf<{ everyone?: boolean }>(command);
      if ((user === undefined) === (options.everyone === undefined))
        throw usage('Give one user, or --everyone, but not both.');
      const { calls, userIdOf } = await connect(machine, options);
      const lifted = user === undefined ? await calls.liftEveryone() : await calls.lift(await userIdOf(user));
      show(machine, options.json, lifted, lines(lifted));
      ended(EXIT.done);
    });
};

function lines({ userId, denialsLifted, deniedAsEveryoneUntil }: Lifted): string[] {
  const still = deniedAsEveryoneUntil
    ? [`  A red button still denies this user, until ${deniedAsEveryoneUntil}: icr lift --everyone`]
    : [];
  return [`Lifted: ${denialsLifted} denials of ${userId ? `user ${userId}` : 'everyone'}`, ...still];
}
