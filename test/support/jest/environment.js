import { LegacyFakeTimers, ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

/**
 * Runs all test files in the context of Node.js itself. Jest's own environment makes a context for each file. There every
 * read of a global is intercepted, each package is loaded and compiled again, and the SDK does not recognize the errors
 * of Node.js: `instanceof Error` is false for them.
 *
 * After a file, the globals, `process` and the environment variables are as they were before it. Globals that packages
 * add stay: the CDK has its tokens there.
 */
export default class OneContext {
  #before = ownProperties(globalThis);
  #processBefore = ownProperties(process);
  #env = { ...process.env };

  constructor({ projectConfig: config }) {
    const global = globalThis;
    this.global = global;
    this.moduleMocker = new ModuleMocker(global);
    const timerConfig = { idToRef: (id) => id, refToId: (timer) => timer };
    this.fakeTimers = new LegacyFakeTimers({ config, global, moduleMocker: this.moduleMocker, timerConfig });
    this.fakeTimersModern = new ModernFakeTimers({ config, global });
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  /** Jest only checks that there is one: `OneContextRuntime` compiles. */
  getVmContext() {
    return this.global;
  }

  async setup() {
    // The default of Node.js. Jest has set 100, and maps each frame to its source: the stacks of expected errors took seconds.
    Error.stackTraceLimit = 10;
  }

  async teardown() {
    this.fakeTimers.dispose();
    this.fakeTimersModern.dispose();
    restore(globalThis, this.#before);
    // They would handle the events of the next test file with the state of this one.
    delete globalThis[Symbol.for('EVENT_HANDLERS')];
    restore(process, this.#processBefore);
    for (const name of Object.keys(process.env)) if (!(name in this.#env)) delete process.env[name];
    Object.assign(process.env, this.#env);
  }
}

function ownProperties(object) {
  return new Map(Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)]));
}

function restore(object, before) {
  for (const [key, was] of before) {
    const is = Object.getOwnPropertyDescriptor(object, key);
    const isSame = is && is.value === was.value && is.get === was.get && is.set === was.set;
    if (!isSame) Object.defineProperty(object, key, was);
  }
}
