import type { Command } from 'commander';
import type { RevocationList } from '../api/wire.ts';
import { connect } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { countsText } from '../output/revocation-text.ts';
import { show, table } from '../output/show.ts';
import { type AddCommand, optionsOf } from './command.ts';

/** `icr user`: says what a person can still do, and how that is known. */
export const addUser: AddCommand = (program, machine, ended) => {
  program
    .command('user')
    .description('say what a person can still do, and list their revocations')
    .argument('<user>', 'user id or user name')
    .action(async (user: string, _: unknown, command: Command) => {
      const options = optionsOf(command);
      const { calls, userIdOf } = await connect(machine, options);
      const list = await calls.revocationsOf(await userIdOf(user));
      show(machine, options.json, list, lines(list));
      ended(EXIT.done);
    });
};

function lines({ user, revocations, nextCursor }: RevocationList): string[] {
  const about = user ? [`${user.why}  ${user.userId}`, `  ${user.detail}`] : [];
  const rows = revocations.map(({ status, requestedAt, revocationId, sessions }) => [
    ...[`  ${status}`, requestedAt, countsText(sessions), revocationId],
  ]);
  return [...about, ...table(rows), ...(nextCursor === undefined ? [] : ['  There are older ones.'])];
}
