import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Command } from 'commander';
import { cacheFolder, fileNameOf } from '../cache/folder.ts';
import { ssoProfile } from '../cache/profiles.ts';
import { readSession } from '../cache/session-file.ts';
import { type CommonOptions, type Connection, connect } from '../connection.ts';
import { api } from '../doctor/api.ts';
import { caller } from '../doctor/caller.ts';
import { examined, type Finding, notKnown } from '../doctor/finding.ts';
import { identityStore } from '../doctor/identity-store.ts';
import { key } from '../doctor/key.ts';
import { patientOf } from '../doctor/patient.ts';
import { policies } from '../doctor/policies.ts';
import { rules } from '../doctor/rules.ts';
import { trail } from '../doctor/trail.ts';
import { trySession } from '../doctor/try-session.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { show } from '../output/show.ts';
import { type AddCommand, optionsOf } from './command.ts';

const CHECKS = [caller, api, identityStore, trail, rules, policies, key];

interface DoctorOptions {
  readonly try?: string;
  readonly yes?: boolean;
}

/** `icr doctor`: finds out what is wrong with a deployment, and says what to do about it. */
export const addDoctor: AddCommand = (program, machine, ended) => {
  program
    .command('doctor')
    .description('check a deployment, and say what to do')
    .option('--try <profile>', 'also register and end your own session of this profile: you are signed out')
    .option('--yes', 'do not ask for confirmation')
    .action(async (_: unknown, command: Command) => {
      const options = optionsOf<DoctorOptions>(command);
      const connection = await connect(machine, options);
      const store = options.identityStore ?? machine.env.IDENTITY_STORE_ID;
      const patient = await patientOf(connection, options.stack, store);
      const findings: { check: string; result: string; detail: string; todo?: string }[] = [];
      const tell = (check: string, finding: Finding) => {
        findings.push({ check, ...finding });
        if (!options.json) show(machine, false, undefined, lines(check, finding));
      };
      for (const check of CHECKS) tell(check.name, await examined(check, patient));
      if (options.try !== undefined)
        tell('a session', await tried(machine, options, connection, options.try));
      if (options.json) show(machine, true, { findings }, []);
      ended(findings.some(({ result }) => result === 'problem') ? EXIT.failed : EXIT.done);
    });
};

function lines(check: string, { result, detail, todo }: Finding): string[] {
  return [`${result.padEnd(9)}  ${check}: ${detail}`, ...(todo ? [`           To do: ${todo}`] : [])];
}

async function tried(
  machine: Machine,
  options: CommonOptions & DoctorOptions,
  { calls }: Connection,
  profile: string,
): Promise<Finding> {
  const { cacheKey } = await ssoProfile(profile, machine.env);
  const session = await readSession(join(cacheFolder(machine.home), fileNameOf(cacheKey)));
  if (typeof session === 'string')
    throw usage(`Profile ${profile} is not signed in: run icr login ${profile}.`);
  if (!options.yes) {
    const answer = await machine.ask(
      'This registers your session, and then signs you out everywhere. Type yes to go on: ',
    );
    if (answer?.trim() !== 'yes') return notKnown('it was not tried', 'answer yes, or give --yes');
  }
  const own = await connect(machine, { ...options, profile });
  return trySession(machine, own.calls, calls, session, randomUUID());
}
