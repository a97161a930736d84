import { EXIT, type ExitCode } from './exit-codes.ts';

/** An error as it is shown: one line with what happened, and what to do about it. It never contains a token. */
export class Failure extends Error {
  readonly exit: ExitCode;
  /** The code of a problem document, or the name of an AWS error. */
  readonly code: string | undefined;
  /** HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** Seconds after which the same request may succeed. */
  readonly retryAfter: number | undefined;

  constructor(
    exit: ExitCode,
    message: string,
    more: { code?: string | undefined; status?: number; retryAfter?: number | undefined } = {},
  ) {
    super(message);
    this.name = 'Failure';
    this.exit = exit;
    this.code = more.code;
    this.status = more.status;
    this.retryAfter = more.retryAfter;
  }
}

/** The command line or the environment has to change. */
export function usage(message: string): Failure {
  return new Failure(EXIT.usage, message);
}

/** Returns the name of an error without its text: error texts of SDK and file system can quote their input. */
export function nameOf(error: unknown): string {
  const { name, code } = Object(error);
  if (typeof code === 'string' && code !== '') return code;
  return typeof name === 'string' && name !== '' ? name : 'unknown error';
}
