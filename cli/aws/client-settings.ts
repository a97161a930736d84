import { NodeHttpHandler } from '@smithy/node-http-handler';

/** The settings of every AWS client: a call times out before a person loses patience, and a failed call is retried. */
export function clientSettings(region: string | undefined) {
  return {
    ...(region !== undefined && { region }),
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 5_000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
    }),
  };
}
