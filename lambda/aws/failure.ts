import type { Failure } from '../domain/errors.ts';

/**
 * The parts of an SDK error that are read. The rest contains the request with its token, so nothing else is passed on:
 * docs/facts.md § AWS SDK for JavaScript.
 */
interface Thrown {
  name?: unknown;
  code?: unknown;
  $metadata?: { httpStatusCode?: unknown; requestId?: unknown; attempts?: unknown };
  $response?: { statusCode?: unknown };
}

/** An answer that lacks a required field, or has a value that this version does not know. */
export const UNREADABLE: Failure = { name: 'UnreadableAnswer', status: 200 };

const PLAIN_NAME = /^[\w.#:-]{1,80}$/;

/** Reduces an error of the SDK, or of the network below it, to name, status and request id. */
export function failureOf(error: unknown): Failure {
  const { name, code, $metadata } = asThrown(error);
  // A network error is an `Error` whose code says more, such as ECONNRESET.
  const shown = typeof code === 'string' && name === 'Error' ? code : name;
  const status = statusOf(error);
  return {
    name: typeof shown === 'string' && PLAIN_NAME.test(shown) ? shown : 'UnknownError',
    ...(status !== undefined && { status }),
    ...(typeof $metadata?.requestId === 'string' &&
      PLAIN_NAME.test($metadata.requestId) && { requestId: $metadata.requestId }),
  };
}

/** The HTTP status of the answer that caused an SDK error, even if its body could not be read. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = asThrown(error);
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

export function attemptsOf(error: unknown): number {
  const attempts = asThrown(error).$metadata?.attempts;
  return typeof attempts === 'number' ? attempts : 1;
}

function asThrown(error: unknown): Thrown {
  return typeof error === 'object' && error !== null ? error : {};
}
