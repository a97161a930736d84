import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { usage } from '../failure.ts';
import { exitOf, revocationLines } from '../output/revocation-text.ts';
import { show } from '../output/show.ts';
import { untilOver } from '../wait.ts';
import { type AddCommand, optionsOf, positive } from './command.ts';
import { revokeFile } from './revoke-file.ts';
import { keyFor, type RevokeOptions, subjectOf } from './revoke-request.ts';

/** `icr revoke`: ends the sessions of a user, or of each user in a file. */
export const addRevoke: AddCommand = (program, machine, ended) => {
  program
    .command('revoke')
    .description('end every session that is held of a user, and deny their older role sessions')
    .argument('[user]', 'user id or user name')
    .option('--file <file>', 'revoke each user of this file, one per line; - is standard input')
    .option('--reason <text>', 'the reason, which is recorded')
    .option('--no-wait', 'do not wait until it is completed')
    .option('--max-wait <seconds>', 'wait at most this long', positive, 3600)
    .option(
      '--idempotency-key <key>',
      'the same key is the same revocation for 24 hours (default: a random key)',
    )
    .action(async (user: string | undefined, _: unknown, command: Command) => {
      const options = optionsOf<RevokeOptions>(command);
      if ((user === undefined) === (options.file === undefined))
        throw usage('Give one user, or --file with many, but not both.');
      if (user === undefined) return ended(await revokeFile(machine, options));
      const { calls } = await connect(machine, options);
      const begun = await calls.revoke(subjectOf(user), options.reason, keyFor(user, options.idempotencyKey));
      const revocation = options.wait ? await untilOver(machine, calls, begun, options.maxWait) : begun;
      show(machine, options.json, revocation, revocationLines(revocation));
      ended(exitOf(revocation));
    });
};
