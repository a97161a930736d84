import { AsyncLocalStorage } from 'node:async_hooks';

const rehearsals = new AsyncLocalStorage<true>();

/** Whether this code runs in a rehearsal. If so, it must not send, write or count anything. */
export function isRehearsal(): boolean {
  return rehearsals.getStore() ?? false;
}

/** Runs a function as a rehearsal, and everything that it starts. */
export function asRehearsal<T>(run: () => T): T {
  return rehearsals.run(true, run);
}
