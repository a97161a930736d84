import type { Command } from 'commander';
import { cacheFolder } from '../cache/folder.ts';
import { EXIT } from '../exit-codes.ts';
import type { Machine } from '../machine.ts';
import { say } from '../output/show.ts';
import { type Agent, createAgent } from '../watch/agent.ts';
import { watchFolder } from '../watch/changes.ts';
import { openRegisteredKeys, stateFile } from '../watch/registered-keys.ts';
import { type SourceOptions, sourcesOf } from '../watch/sources.ts';
import { type AddCommand, optionsOf } from './command.ts';

interface WatchOptions extends SourceOptions {
  readonly profiles?: readonly string[];
  readonly state?: string;
}

/** `icr watch`: registers every session that a tool caches, until a signal ends it. */
export const addWatch: AddCommand = (program, machine, ended) => {
  program
    .command('watch')
    .description('register new and refreshed sessions of ~/.aws/sso/cache, whichever tool wrote them')
    .option(
      '--profiles <names...>',
      'register sessions of the access portals of these profiles (default: AWS_PROFILE)',
    )
    .option(
      '--start-url <urls...>',
      'register sessions of these access portals, and sign with the default credentials',
    )
    .option('--state <file>', 'file for the hashes of registered sessions')
    .option(
      '--registrar-role <arn>',
      'role to register with, if the API is in another account (REGISTRAR_ROLE_ARN)',
    )
    .option('--user-id <id>', 'your own user id, which that role needs (IDENTITY_CENTER_USER_ID)')
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<WatchOptions>(command);
      const named = options.profiles ?? [options.profile ?? machine.env.AWS_PROFILE ?? ''];
      const profiles = named.filter((name) => name !== '');
      const { address, registerFor } = await sourcesOf(machine, options, profiles);
      const folder = cacheFolder(machine.home);
      const registered = await openRegisteredKeys(options.state ?? stateFile(machine));
      const told = (line: string) => say(machine, line);
      const deps = { folder, api: address.url, registerFor, registered, now: machine.now, say: told };
      told(`Watching ${folder} for ${new URL(address.url).host}.`);
      await untilEnded(machine, folder, createAgent(deps));
      ended(EXIT.done);
    });
};

/** Changes often come together. After this delay, one look sees all of them. */
const SETTLE_MILLIS = 100;

/** Looks, sleeps until something is due or has changed, and looks again. After the machine was asleep, it looks at once. */
async function untilEnded(machine: Machine, folder: string, agent: Agent): Promise<void> {
  let wake = new AbortController();
  const watcher = watchFolder(folder, () => wake.abort());
  const end = () => wake.abort();
  machine.signal.addEventListener('abort', end, { once: true });
  try {
    while (!machine.signal.aborted) {
      wake = new AbortController();
      const millis = await agent.look();
      watcher.renew();
      if (machine.signal.aborted) break;
      await machine.sleep(millis, wake.signal);
      await machine.sleep(SETTLE_MILLIS, machine.signal);
    }
  } catch (error) {
    // A signal also aborts a request in progress. Its session is registered at the next start.
    if (!machine.signal.aborted) throw error;
  } finally {
    watcher.close();
    machine.signal.removeEventListener('abort', end);
  }
}
