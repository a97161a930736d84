import { join } from 'node:path';
import type { Command } from 'commander';
import type { Registered } from '../api/wire.ts';
import { type RegistrarOptions, registrarCredentials } from '../aws/registrar.ts';
import { cacheFolder, fileNameOf } from '../cache/folder.ts';
import { ssoProfile } from '../cache/profiles.ts';
import { type CachedSession, readSession } from '../cache/session-file.ts';
import { type CommonOptions, connect } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure, usage } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { say, show } from '../output/show.ts';
import { type AddCommand, optionsOf } from './command.ts';

interface RegisterOptions extends RegistrarOptions {
  readonly file?: string;
}

/** `icr register`: registers the session of a profile, or of a file. */
export const addRegister: AddCommand = (program, machine, ended) => {
  registering(program.command('register'))
    .description('have your own session held, so that it can be ended when you leave')
    .argument('[profile]', 'profile of IAM Identity Center (default: AWS_PROFILE)')
    .option('--file <file>', 'a token-cache file that another tool wrote')
    .action(async (profile: string | undefined, _: unknown, command: Command) => {
      const options = optionsOf<RegisterOptions>(command);
      ended(await register(machine, options, profile ?? options.profile ?? machine.env.AWS_PROFILE));
    });
};

/** `icr login`: signs in with the AWS CLI v2, then registers. */
export const addLogin: AddCommand = (program, machine, ended) => {
  registering(program.command('login'))
    .description('sign in by `aws sso login`, then have the session held')
    .argument('<profile>', 'profile of IAM Identity Center')
    .action(async (profile: string, _: unknown, command: Command) => {
      const options = optionsOf<RegisterOptions>(command);
      await ssoProfile(profile, machine.env);
      const code = await machine.run('aws', ['sso', 'login', '--profile', profile]);
      if (code === undefined)
        throw usage('The AWS CLI was not found: install version 2, which has `aws sso login`.');
      if (code !== 0)
        throw new Failure(EXIT.refused, `aws sso login failed (exit code ${code}): nothing was registered.`);
      ended(await register(machine, options, profile));
    });
};

function registering(command: Command): Command {
  return command
    .option(
      '--registrar-role <arn>',
      'role to register with, if the API is in another account (REGISTRAR_ROLE_ARN)',
    )
    .option('--user-id <id>', 'your own user id, which that role needs (IDENTITY_CENTER_USER_ID)');
}

async function register(
  machine: Machine,
  options: CommonOptions & RegisterOptions,
  profile: string | undefined,
): Promise<ExitCode> {
  const session = await sessionOf(machine, options.file, profile);
  const signing = { ...options, ...(profile !== undefined && { profile }) };
  const { calls } = await connect(machine, signing, (credentials, region) =>
    registrarCredentials(options, machine.env, credentials, region),
  );
  const registered = await calls.register(session.body);
  show(machine, options.json, registered, [text(registered)]);
  if (!registered.refreshable) say(machine, hint(session));
  return EXIT.done;
}

async function sessionOf(
  machine: Machine,
  given: string | undefined,
  profile: string | undefined,
): Promise<CachedSession> {
  if (given === undefined && profile === undefined)
    throw usage('Give a profile, or --file with the token-cache file that another tool wrote.');
  const key = given === undefined ? (await ssoProfile(profile ?? '', machine.env)).cacheKey : '';
  const file = given ?? join(cacheFolder(machine.home), fileNameOf(key));
  const session = await readSession(file);
  if (session === 'half-written')
    throw usage(
      `There is no token-cache file ${file}, or it cannot be read: sign in first, by \`icr login\`.`,
    );
  if (session === 'not-a-session') throw usage(`${file} holds no session: it has no accessToken.`);
  return session;
}

function text({ sessionId, userId, expiresAt, isNew }: Registered & { isNew: boolean }): string {
  return `${isNew ? 'Registered' : 'Known already'}: session ${sessionId} of user ${userId}, held until ${expiresAt}`;
}

function hint({ isRefreshable }: CachedSession): string {
  const why = isRefreshable
    ? 'The stack may not hold all that a refresh needs'
    : 'The file has no refresh token, or no registration of its client';
  return `${why}: this session can certainly be ended only until its access token expires. Sessions of profiles with an sso_session can be refreshed.`;
}
