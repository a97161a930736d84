import type { SSOClientConfig } from '@aws-sdk/client-sso';

/**
 * What every SDK client of ours is built with. The SDK has no timeouts of its own, and `requestTimeout` alone only warns:
 * docs/facts.md § AWS SDK for JavaScript. It reads retry mode and attempts from AWS_RETRY_MODE and AWS_MAX_ATTEMPTS, which the stack sets.
 */
export const clientConfig = {
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} satisfies SSOClientConfig;

/**
 * Makes an SDK call that ends when the signal fires, also where the SDK would not notice it: between two attempts, and
 * while a body trickles in.
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
