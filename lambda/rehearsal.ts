import { AsyncLocalStorage } from 'node:async_hooks';

const rehearsals = new AsyncLocalStorage<true>();

/** Whether this is done for no event: then it must reach nobody, and nothing of it may be written or counted. */
export function isRehearsal(): boolean {
  return rehearsals.getStore() ?? false;
}

/** Runs it as a rehearsal, with all that it sets going. */
export function asRehearsal<T>(run: () => T): T {
  return rehearsals.run(true, run);
}
