import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Calls } from '../api/calls.ts';
import type { Revocation } from '../api/wire.ts';
import { type CommonOptions, connect } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure, nameOf, usage } from '../failure.ts';
import type { Machine } from '../machine.ts';
import { createBar } from '../output/bar.ts';
import { countsText, exitOf } from '../output/revocation-text.ts';
import { say, show } from '../output/show.ts';
import { untilOver } from '../wait.ts';
import { keyFor, type RevokeOptions, subjectOf } from './revoke-request.ts';

/** The result of one line of the file. */
interface Line {
  readonly user: string;
  readonly exit: ExitCode;
  readonly revocation?: Revocation;
  readonly error?: string;
}

/** Exit codes, the worst first. The whole file ends with the worst code of its lines. */
const WORST_FIRST = [
  EXIT.failed,
  EXIT.refused,
  EXIT.notFound,
  EXIT.usage,
  EXIT.unavailable,
  EXIT.inProgress,
  EXIT.nothingHeld,
];

/**
 * Revokes each user of a file. It sends all requests first and waits afterwards, so that the revocations run at the same time. A
 * line that fails does not stop the others.
 */
export async function revokeFile(
  machine: Machine,
  options: CommonOptions & RevokeOptions,
): Promise<ExitCode> {
  const users = usersIn(await textOf(options.file ?? '-'));
  const { calls } = await connect(machine, options);
  const lines: Line[] = [];
  const bar = createBar(machine.err);
  for (const [index, user] of users.entries()) {
    bar.show(index / users.length, `${index} of ${users.length} requests sent`);
    const key = keyFor(user, options.idempotencyKey);
    lines.push(await outcome(user, () => calls.revoke(subjectOf(user), options.reason, key)));
  }
  bar.clear();
  const over: Line[] = [];
  for (const line of lines) {
    const last = options.wait ? await waited(machine, calls, line, options.maxWait) : line;
    const { user, revocation, error } = last;
    show(machine, options.json, { user, ...(revocation && { revocation }), ...(error && { error }) }, [
      lineText(last),
    ]);
    over.push(last);
  }
  say(machine, summary(over));
  const codes = new Set<ExitCode>(over.map(({ exit }) => exit));
  return WORST_FIRST.find((code) => codes.has(code)) ?? EXIT.done;
}

async function waited(machine: Machine, calls: Calls, line: Line, maxWait: number): Promise<Line> {
  const { revocation } = line;
  return revocation ? outcome(line.user, () => untilOver(machine, calls, revocation, maxWait)) : line;
}

async function outcome(user: string, work: () => Promise<Revocation>): Promise<Line> {
  try {
    const revocation = await work();
    return { user, exit: exitOf(revocation), revocation };
  } catch (error) {
    if (!(error instanceof Failure) || error.exit === EXIT.interrupted) throw error;
    return { user, exit: error.exit, error: error.message };
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw usage(`${file} cannot be read (${nameOf(error)}).`);
  }
}

/** Reads one user per line. Ignores empty lines, lines that begin with #, and repeated users. */
function usersIn(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const users = [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))];
  if (users.length === 0)
    throw usage('The file names nobody: it must have a user id or user name on each line.');
  return users;
}

function lineText({ user, revocation, error }: Line): string {
  if (!revocation) return `ERROR  ${user}: ${error}`;
  return `${revocation.status}  ${user}: ${countsText(revocation.sessions)}  ${revocation.revocationId}`;
}

function summary(lines: readonly Line[]): string {
  const count = (...codes: ExitCode[]) => lines.filter(({ exit }) => codes.includes(exit)).length;
  const done = count(EXIT.done);
  const [held, going] = [count(EXIT.nothingHeld), count(EXIT.inProgress)];
  const rest = lines.length - done - held - going;
  return `${lines.length} users: ${done} completed, ${held} with nothing held, ${going} in progress, ${rest} failed.`;
}
