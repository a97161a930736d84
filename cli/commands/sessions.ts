import type { Command } from 'commander';
import { allPages } from '../api/pages.ts';
import type { ListedSessions } from '../api/wire.ts';
import { connect } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { show, table } from '../output/show.ts';
import { type AddCommand, optionsOf } from './command.ts';

/** `icr sessions`: lists the held sessions of a user, never a token. */
export const addSessions: AddCommand = (program, machine, ended) => {
  program
    .command('sessions')
    .description('list the held sessions of a user')
    .argument('<user>', 'user id or user name')
    .action(async (user: string, _: unknown, command: Command) => {
      const options = optionsOf(command);
      const { calls, userIdOf } = await connect(machine, options);
      const userId = await userIdOf(user);
      const pages = await allPages((cursor) => calls.sessionsOf(userId, cursor));
      const sessions = pages.flatMap((page) => page.sessions);
      show(machine, options.json, { userId, sessions }, lines(sessions));
      ended(sessions.length === 0 ? EXIT.nothingHeld : EXIT.done);
    });
};

function lines(sessions: ListedSessions['sessions']): string[] {
  if (sessions.length === 0) return ['No session is held.'];
  const rows = sessions.map(({ sessionId, region = '', registeredAt, expiresAt, registeredWith = '' }) => [
    ...[sessionId, region, registeredAt, expiresAt, registeredWith],
  ]);
  return table([['session id', 'Region', 'registered at', 'held until', 'registered with'], ...rows]);
}
