import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { chainOf } from './aws/credentials.ts';
import type { Machine } from './machine.ts';

/** The machine that this process runs on. The second signal ends the process at once. */
export function thisMachine(): Machine {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      ending.abort();
    });
  }
  return {
    // biome-ignore lint/style/noProcessEnv: the one place of the command that reads it.
    env: process.env,
    home: homedir(),
    platform: process.platform,
    out: process.stdout,
    err: process.stderr,
    now: Date.now,
    sleep,
    signal: ending.signal,
    ask,
    credentials: chainOf,
    run,
  };
}

function sleep(millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    signal?.addEventListener('abort', done, { once: true });
  });
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  // The question goes to standard error: standard output is for programs.
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

function run(command: string, args: readonly string[]): Promise<number | undefined> {
  return new Promise((resolve) => {
    // The command's output goes to standard error: standard output is for programs.
    const child = spawn(command, args, { stdio: ['inherit', 2, 2] });
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
