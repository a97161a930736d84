import type { Command } from 'commander';
import type { Calls } from '../api/calls.ts';
import { allPages } from '../api/pages.ts';
import type { RevocationPage } from '../api/wire.ts';
import { connect } from '../connection.ts';
import { exitOf, revocationLines } from '../output/revocation-text.ts';
import { show, table } from '../output/show.ts';
import { type AddCommand, optionsOf } from './command.ts';

/** `icr show`: shows one revocation with the outcome of each session. */
export const addShow: AddCommand = (program, machine, ended) => {
  program
    .command('show')
    .description('show a revocation, with the outcome of each session')
    .argument('<id>', 'revocation id')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = optionsOf(command);
      const { calls } = await connect(machine, options);
      const revocation = await wholeRevocation(calls, id);
      show(machine, options.json, revocation, [...revocationLines(revocation), ...details(revocation)]);
      ended(exitOf(revocation));
    });
};

/** Loads all pages of a revocation, and joins them. */
async function wholeRevocation(calls: Calls, id: string): Promise<RevocationPage> {
  const pages = await allPages((cursor) => calls.revocation(id, 1000, cursor));
  const [{ nextCursor: _, users, ...first }] = pages;
  return {
    ...first,
    outcomes: pages.flatMap(({ outcomes }) => outcomes),
    ...(users && { users: pages.flatMap((page) => page.users ?? []) }),
  };
}

function details({ outcomes, accessItems = [] }: RevocationPage): string[] {
  const rows = outcomes.map(({ outcome, sessionId, at, attempts, error }) => [
    `  ${outcome}`,
    sessionId,
    at,
    `${attempts} attempts${error ? `, ${error}` : ''}`,
  ]);
  const items = accessItems.map((item) => [
    `  ${item.state}${item.why ? ` (${item.why})` : ''}`,
    item.kind,
    item.kind === 'assignment' ? `${item.accountId} ${item.permissionSetArn}` : item.groupId,
  ]);
  return [...table(rows), ...table(items)];
}
