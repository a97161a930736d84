import { NodeHttpHandler } from '@smithy/node-http-handler';

/** What every client of an AWS service gets: no call waits longer than a person does, and what failed is tried again. */
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
