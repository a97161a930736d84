import type { SSOClientConfig } from '@aws-sdk/client-sso';
import { Network } from './network.ts';

/** The SDK has no timeouts of its own, and `requestTimeout` alone only warns: docs/facts.md § AWS SDK for JavaScript. */
export const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/** The HTTP handler of all clients; `@__PURE__` keeps it out of the bundle of a function without clients. */
export const network = /* @__PURE__ */ new Network(TIMEOUTS);

/**
 * The options of every SDK client. The SDK reads retry mode and attempts from AWS_RETRY_MODE and AWS_MAX_ATTEMPTS,
 * which the stack sets.
 */
export const clientConfig = { requestHandler: network } satisfies SSOClientConfig;

/** Makes the client at its first use: making one takes about a millisecond of a cold start. */
export function onDemand<C extends object>(make: () => C): C {
  let client: C | undefined;
  return new Proxy({} as C, {
    get(_, name) {
      client ??= make();
      const value: unknown = Reflect.get(client, name);
      return typeof value === 'function' ? value.bind(client) : value;
    },
  });
}

/**
 * Makes an SDK call that ends when the signal fires, even if the SDK does not notice it: between two attempts, or while a body
 * arrives slowly.
 */
export async function within<T>(
  signal: AbortSignal,
  call: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([call({ abortSignal: signal }), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
