import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { functionSettings } from '../local/functions/function-settings.ts';
import { loadAssembly } from '../local/template/assembly.ts';
import { createResolver } from '../local/template/intrinsics.ts';
import { type RunningStack, start } from '../test/support/running-stack.ts';
import type { Runnable } from './measured/measured.ts';
import type { BenchContext } from './section.ts';

export interface BenchStack {
  readonly running: RunningStack;
  /**
   * Returns a function of the stack for a process of its own. It calls the same emulators as the stack's functions.
   *
   * @param handler - Name of the file in lambda/handlers, without its extension.
   * @throws Error if the stack does not have the function
   */
  runnable(handler: string): Runnable & { readonly memoryMb: number };
  close(): Promise<void>;
}

const REGION = 'us-east-1';

/** @param endpoints - `AWS_ENDPOINT_URL_…` variables of services that must not be embedded */
export async function startBenchStack(
  { assembly, workDirectory }: Pick<BenchContext, 'assembly' | 'workDirectory'>,
  endpoints: Readonly<Record<string, string>> = {},
): Promise<BenchStack> {
  const running = await start(endpoints, undefined, assembly);
  const { stack } = running;
  const loaded = loadAssembly(assembly);
  const functions = functionSettings({
    assembly: loaded,
    resolver: createResolver(loaded, REGION, new URL(stack.endpoints.AWS_ENDPOINT_URL_SQS ?? '').origin),
    env: {},
    endpoints: stack.endpoints,
    workDirectory: mkdtempSync(join(workDirectory, 'functions-')),
  });
  return {
    running,
    runnable(handler) {
      const found = [...functions.values()].find(
        ({ environment }) => environment.POWERTOOLS_SERVICE_NAME === handler,
      );
      if (!found) throw new Error(`The stack has no function ${handler}.`);
      return found;
    },
    // The tests' own `close` is not used here: it also proves that each call was allowed.
    async close() {
      running.dynamo.destroy();
      await stack.close();
    },
  };
}
