import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { connect } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { say, show } from '../output/show.ts';
import { type AddCommand, optionsOf } from './command.ts';

/** `icr report`: fetches the record as a page for people. */
export const addReport: AddCommand = (program, machine, ended) => {
  program
    .command('report')
    .description('fetch the report of a revocation as a page, and open it')
    .argument('<id>', 'revocation id')
    .option('--no-open', 'only print where the file is')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf<{ open: boolean }>(command);
      const { calls } = await connect(machine, options);
      const page = await calls.report(id);
      if (!/^\s*<!doctype html/i.test(page))
        throw new Failure(
          EXIT.unavailable,
          'The answer is not a page: this stack was deployed without reports.',
        );
      const file = await written(page);
      show(machine, options.json, { file }, [file]);
      if (options.open && !(await opened(machine, file)))
        say(machine, 'No browser could be started: open the file yourself.');
      ended(EXIT.done);
    });
};

/** Writes the page to a file. It names people and why they left, so nobody else on this machine may read it. */
async function written(page: string): Promise<string> {
  // The folder is for this user only (0700), and nobody can guess its name.
  const file = join(await mkdtemp(join(tmpdir(), 'icr-')), 'report.html');
  await writeFile(file, page, { mode: 0o600, flag: 'wx' });
  return file;
}

async function opened({ platform, run }: Machine, file: string): Promise<boolean> {
  if (platform === 'darwin') return (await run('open', [file])) === 0;
  if (platform === 'win32') return (await run('rundll32', ['url.dll,FileProtocolHandler', file])) === 0;
  return (await run('xdg-open', [file])) === 0;
}
