import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { ShellLine } from './shell-lines.ts';

/**
 * All AWS CLIs of this machine. An older one may lack commands of a newer one, and version 1 lacks some of version 2.
 */
export const awsClis: readonly string[] = (process.env.PATH ?? '')
  .split(delimiter)
  .map((directory) => join(directory, 'aws'))
  .filter((file) => spawnSync(file, ['--version']).status === 0);

export interface RunLine {
  readonly text: string;
  readonly notRun?: string;
  /** Exit code of the command; undefined if the shell ended before it. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** The exit code if no CLI of this machine knows the command. */
export const UNKNOWN_HERE = 127;

/**
 * Calls the first CLI that knows the command, and always the local run, so nothing can reach AWS. A CLI that does not
 * know a command says `Invalid choice`, in either version.
 */
const AWS = `#!/usr/bin/env bash
said=$(mktemp)
for cli in $AWS_CLIS; do
  "$cli" --endpoint-url "$LOCAL_RUN" "$@" 2>"$said"
  code=$?
  if ! grep -qi 'invalid choice' "$said"; then cat "$said" >&2; exit $code; fi
done
echo "No AWS CLI of this machine knows this: $*" >&2
exit ${UNKNOWN_HERE}
`;

/**
 * Runs the lines one after the other in one bash, as if somebody pasted them. A marked line is run only if it calls
 * AWS, and then it must fail.
 *
 * @param before - definitions that the lines need
 * @param url - of the local run
 */
export async function runLines(
  before: readonly ShellLine[],
  lines: readonly ShellLine[],
  url: string,
): Promise<RunLine[]> {
  const directory = mkdtempSync(join(tmpdir(), 'lines-'));
  writeFileSync(join(directory, 'aws'), AWS, { mode: 0o755 });
  const file = (kind: string, index: number) => join(directory, `${kind}-${index}`);
  const script = [
    ...before.map(({ text }) => text),
    ...lines.map(
      ({ text }, index) =>
        `{ ${text}\n} >${file('out', index)} 2>${file('err', index)}; echo $? >${file('code', index)}`,
    ),
  ].join('\n');
  const env = {
    PATH: [directory, process.env.PATH].join(delimiter),
    HOME: directory,
    AWS_CLIS: awsClis.join(' '),
    LOCAL_RUN: url,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  };
  await new Promise((resolve) => execFile('bash', ['-c', script], { env }, resolve));
  const read = (kind: string, index: number) => {
    try {
      return readFileSync(file(kind, index), 'utf8');
    } catch {
      return '';
    }
  };
  return lines.map((line, index) => {
    const code = read('code', index).trim();
    return {
      ...line,
      code: code === '' ? undefined : Number(code),
      out: read('out', index),
      err: read('err', index),
    };
  });
}
