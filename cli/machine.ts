import type { AwsCredentialIdentity } from '@smithy/types';

/** A stream that text is written to. */
export interface Output {
  write(text: string): unknown;
  /** Whether it is a terminal, so that a person reads it. */
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export type Credentials = () => Promise<AwsCredentialIdentity>;

/** What `icr` needs of the machine that it runs on. Tests pass their own. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly out: Output;
  readonly err: Output;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  sleep(millis: number, signal?: AbortSignal): Promise<void>;
  /** Aborts at SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Asks a person for one line; undefined if there is no terminal. */
  ask(question: string): Promise<string | undefined>;
  /** AWS's default chain, or that of one profile. */
  credentials(profile: string | undefined): Credentials;
  /** Runs a command for the person, with this terminal. @returns its exit code; undefined if there is no such command */
  run(command: string, args: readonly string[]): Promise<number | undefined>;
}

/** Replaces control characters. With them, the author of a reason or a name could rewrite the reader's screen. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
